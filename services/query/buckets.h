#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query/time_range.h"

namespace playhead::query {

inline constexpr int kMaxBuckets = 50'000;

// The lengths of a report's time buckets; kAll: one bucket, the whole range.
enum class Granularity {
  kAll,
  kTenSeconds,
  kMinute,
  kQuarterHour,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kYear
};

// By name or alias of a time dimension; nullopt: not one. kAll has the name `all` in reports only.
std::optional<Granularity> FindGranularity(std::string_view name);
std::string_view GranularityName(Granularity granularity);
// The names of all time dimensions, finest first.
std::vector<std::string> GranularityNames();

// The first instants of every bucket that touches `range`, ascending, then the first instant after
// the last bucket: one more than there are buckets. The outer two may lie outside the range. A day
// (or week, month, year) goes from the first instant of its local date to the first of the next;
// days that the zone leaves out have none. Below a day, a bucket is a maximal stretch in which
// neither the local ten seconds, minute, quarter or hour nor the offset changes: a repeated local
// hour is two buckets. RESOURCE_EXHAUSTED (QUERY_TOO_LARGE): more than kMaxBuckets.
struct BucketOptions {
  Granularity granularity = Granularity::kAll;
  absl::TimeZone zone;
  absl::Weekday week_start = absl::Weekday::monday;
};
absl::StatusOr<std::vector<absl::Time>> BucketEdges(const Range& range,
                                                    const BucketOptions& options);

// First instants of the days that touch `range`, then of the next; as BucketEdges of days, without
// a limit.
std::vector<absl::Time> DayEdges(const Range& range, absl::TimeZone zone);

// The start of the quarter hour of the clock, in UTC, that holds the instant; and the first at or
// after it.
absl::Time FloorQuarter(absl::Time time);
absl::Time CeilQuarter(absl::Time time);

// RFC 3339 with the zone's offset at that instant.
std::string ShowTime(absl::Time time, absl::TimeZone zone);

}  // namespace playhead::query
