#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "playhead/v1/reporting.pb.h"

namespace playhead::query {

// Instants [start, end), on whole minutes; of reports by ten seconds, on those.
struct Range {
  absl::Time start;
  absl::Time end;

  friend bool operator==(const Range&, const Range&) = default;
};

// An IANA zone by name; empty: UTC. INVALID_ARGUMENT (BAD_TIME_ZONE): there is none of this name.
absl::StatusOr<absl::TimeZone> FindTimeZone(const std::string& name);

// What a TimeRange says at `now`. `week_start` is of relative weeks. INVALID_ARGUMENT (BAD_RANGE),
// with the field below `time_range`: not exactly one form, not on a whole `step`, empty, before
// 1980 or past 2100.
struct RangeOptions {
  absl::Time now;
  absl::TimeZone zone;
  absl::Weekday week_start = absl::Weekday::monday;
  // What instants lie on: a minute, or ten seconds.
  absl::Duration step = absl::Minutes(1);
};
absl::StatusOr<Range> ResolveRange(const v1::TimeRange& range, const RangeOptions& options);

// The first instant of a day of the zone.
absl::Time StartOfDay(absl::CivilDay day, absl::TimeZone zone);

}  // namespace playhead::query
