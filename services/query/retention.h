#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/retention.h"

namespace playhead::query {

// Rows that a region of the range is read from, from the finest.
enum class Tier { kTenSeconds, kFacts, kMinute, kQuarterHour, kDay };
// ten_seconds, facts, minute, quarter_hour, day.
std::string_view TierName(Tier tier);

// How long rows of the tier are kept.
absl::Duration KeptFor(Tier tier, const Retention& retention);

// From when on rows are kept: an instant that ranges may begin at, and still may in some minutes.
absl::Time KeptFrom(Tier tier, const Retention& retention, absl::Time now);

// Rows that a report needs and the store no longer has, or never had.
struct LackingRows {
  // The time dimension asked for; empty: none.
  std::string_view requested;
  Tier tier = Tier::kFacts;
  absl::Time needed_from;
  absl::Time kept_from;
  std::string finest_available;
  // What can be asked for before, as a sentence.
  std::string instead;
};
// OUT_OF_RANGE (GRAIN_NOT_RETAINED).
absl::Status NotRetained(const LackingRows& lacking);

// RFC 3339, in UTC.
std::string ShowUtc(absl::Time time);

}  // namespace playhead::query
