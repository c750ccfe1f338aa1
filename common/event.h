#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/catalog.h"

namespace playhead {

// 128 bits; 0/0 where there is none.
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const Id128&, const Id128&) = default;
  bool IsZero() const { return high == 0 && low == 0; }
};

// One validated and enriched event, as ingest packs it.
struct Event {
  std::int32_t partner = 0;
  std::int32_t event_type = 0;
  std::uint8_t door = 0;             // a v1::Door
  std::int64_t receive_time_ms = 0;  // Unix
  std::int64_t event_time_ms = 0;    // Unix
  Id128 identity;                    // of deduplication; zero: never a duplicate
  std::uint64_t content = 0;         // fingerprint of the content as sent
  std::uint32_t event_index = 0;     // 0: none
  Id128 session;                     // hash of `<partner>/<session_id>`; low half: sketch input
  std::uint64_t viewer = 0;          // hash of `<partner>/` + u:, p: or s: text
  std::uint64_t known_user = 0;      // hash of `<partner>/u:` + verified user; 0: none
  // By catalog::Dimension; valid UTF-8, no NUL, empty = unknown.
  std::array<std::string, catalog::kDimensionCount> dimensions;
  // By catalog::Number; -1: absent.
  std::array<std::int64_t, catalog::kNumberCount> numbers = {-1, -1, -1, -1, -1};

  std::string& dimension(catalog::Dimension d) { return dimensions[static_cast<std::size_t>(d)]; }
  const std::string& dimension(catalog::Dimension d) const {
    return dimensions[static_cast<std::size_t>(d)];
  }
  std::int64_t& number(catalog::Number n) { return numbers[static_cast<std::size_t>(n)]; }
  std::int64_t number(catalog::Number n) const { return numbers[static_cast<std::size_t>(n)]; }
};

}  // namespace playhead
