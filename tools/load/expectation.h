#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "nlohmann/json.hpp"
#include "tools/load/audience.h"

namespace playhead::tools {

// What reports must say of an audience, computed from its events alone.
class Expectation {
 public:
  void Add(const AudiencePlayback& playback);

  // {"totals": GROUP, "entries": {id: GROUP}, "countries": ..., "devices": ...,
  // "browser_families": ...}. A GROUP has the reports' counts by metric, those above 0, and
  // `play_time_ms` and `buffer_time_ms`. Countries are those of tests/fixtures/geo/places.json.
  nlohmann::ordered_json ToJson() const;

 private:
  struct Group {
    std::map<std::int32_t, std::int64_t> events;  // by event type
    std::int64_t sessions = 0;
    std::int64_t play_time_ms = 0;
    std::int64_t buffer_time_ms = 0;

    void Add(const Group& other);
    nlohmann::ordered_json ToJson() const;
  };
  using Groups = std::map<std::string, Group>;

  static Group GroupOf(const std::vector<v1::PlayerEvent>& events);
  static nlohmann::ordered_json ToJson(const Groups& groups);

  Group totals_;
  Groups entries_;
  Groups countries_;
  Groups devices_;
  Groups browser_families_;
};

}  // namespace playhead::tools
