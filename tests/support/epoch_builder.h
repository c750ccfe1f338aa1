#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "services/aggregator/epoch.h"

namespace playhead::testing {

// One fact to build: a playback's minute.
struct TestFact {
  std::int32_t partner = 1;
  // Of its minute; its views are in the ten seconds that this lies in.
  std::string time = "2026-10-01T12:00:00Z";
  std::string session = "s";
  std::string user{};
  std::string entry = "0_a";
  std::string page{};
  std::string country{};
  std::string traffic{};
  bool is_known = false;
  std::int64_t plays = 0;
  std::int64_t views = 0;
  std::int64_t play_time_ms = 0;
  // Events of type 36, which has no measure.
  std::int64_t related_clicks = 0;
  // Errors (type 98), with code `E`.
  std::int64_t errors = 0;
};

// Builds epochs as the aggregator would, from facts.
class EpochBuilder {
 public:
  EpochBuilder();
  EpochBuilder& Range(int partition, std::int64_t first, std::int64_t next, std::int64_t fence,
                      std::int64_t through_ms = 0);
  EpochBuilder& Fact(const TestFact& fact);
  aggregator::Epoch& epoch() { return epoch_; }
  // With the rows of all rollups that have a minute tier, and of all audiences.
  aggregator::Epoch Build();

 private:
  std::uint32_t String(const std::string& text);
  aggregator::Epoch epoch_;
};

// Unix milliseconds of an RFC 3339 instant.
std::int64_t Ms(const std::string& time);
absl::Time At(const std::string& time);

}  // namespace playhead::testing
