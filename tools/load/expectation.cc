#include "tools/load/expectation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/catalog.h"

namespace playhead::tools {
namespace {

std::int64_t Milliseconds(double seconds) { return std::llround(seconds * 1000); }

// The metric that counts the events of a type: of a measure it has the measure's name.
std::string CountName(std::int32_t event_type) {
  if (const auto measure = catalog::MeasureOfEventType(event_type)) {
    return std::string(catalog::Info(*measure).name);
  }
  for (const catalog::Metric& metric : catalog::Metrics()) {
    if (metric.kind == catalog::MetricKind::kEventType && metric.event_type == event_type) {
      return std::string(metric.name);
    }
  }
  return absl::StrCat("event_type_", event_type);
}

}  // namespace

void Expectation::Add(const AudiencePlayback& playback) {
  if (playback.events.empty()) return;
  const Group group = GroupOf(playback.events);
  totals_.Add(group);
  entries_[playback.events[0].entry_id()].Add(group);
  countries_[playback.place->country].Add(group);
  devices_[playback.agent->device].Add(group);
  browser_families_[playback.agent->browser_family].Add(group);
}

// The player's sum begins again where its counter does.
Expectation::Group Expectation::GroupOf(const std::vector<v1::PlayerEvent>& events) {
  Group group;
  group.sessions = 1;
  std::int64_t watched = 0;
  std::int32_t last_index = 0;
  for (const v1::PlayerEvent& event : events) {
    ++group.events[event.event_type()];
    if (event.event_index() <= last_index) watched = 0;
    last_index = event.event_index();
    if (event.event_type() != v1::EVENT_TYPE_VIEW) continue;
    const std::int64_t sum = Milliseconds(event.play_time_sum());
    group.play_time_ms += std::max<std::int64_t>(sum - watched, 0);
    watched = std::max(watched, sum);
    group.buffer_time_ms += Milliseconds(event.buffer_time());
  }
  return group;
}

void Expectation::Group::Add(const Group& other) {
  for (const auto& [type, count] : other.events) events[type] += count;
  sessions += other.sessions;
  play_time_ms += other.play_time_ms;
  buffer_time_ms += other.buffer_time_ms;
}

nlohmann::ordered_json Expectation::Group::ToJson() const {
  nlohmann::ordered_json json;
  for (const auto& [type, count] : events) json[CountName(type)] = count;
  json["unique_sessions"] = sessions;
  json["play_time_ms"] = play_time_ms;
  json["buffer_time_ms"] = buffer_time_ms;
  return json;
}

nlohmann::ordered_json Expectation::ToJson(const Groups& groups) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [name, group] : groups) json[name] = group.ToJson();
  return json;
}

nlohmann::ordered_json Expectation::ToJson() const {
  return {{"totals", totals_.ToJson()},
          {"entries", ToJson(entries_)},
          {"countries", ToJson(countries_)},
          {"devices", ToJson(devices_)},
          {"browser_families", ToJson(browser_families_)}};
}

}  // namespace playhead::tools
