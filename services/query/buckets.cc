#include "services/query/buckets.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"

namespace playhead::query {
namespace {

constexpr std::array<std::pair<Granularity, std::string_view>, 8> kNames = {{
    {Granularity::kTenSeconds, "ten_seconds"},
    {Granularity::kMinute, "minute"},
    {Granularity::kQuarterHour, "quarter_hour"},
    {Granularity::kHour, "hour"},
    {Granularity::kDay, "day"},
    {Granularity::kWeek, "week"},
    {Granularity::kMonth, "month"},
    {Granularity::kYear, "year"},
}};

// Buckets below a day.
absl::Duration Length(Granularity granularity) {
  if (granularity == Granularity::kTenSeconds) return absl::Seconds(10);
  if (granularity == Granularity::kMinute) return absl::Minutes(1);
  return granularity == Granularity::kQuarterHour ? absl::Minutes(15) : absl::Hours(1);
}

absl::Status TooLarge() {
  return WithDetails(
      absl::ResourceExhaustedError(
          "time_range: more than 50,000 time buckets; ask for a coarser time dimension or a "
          "narrower range"),
      {.reason = "QUERY_TOO_LARGE",
       .metadata = {{"cost", absl::StrCat("over ", kMaxBuckets, " buckets")},
                    {"limit", absl::StrCat(kMaxBuckets)}},
       .field = "time_range",
       .retry_after = std::nullopt});
}

// How far `time` is into its local ten seconds, minute, quarter or hour.
absl::Duration IntoBucket(absl::Time time, absl::Duration length, absl::TimeZone zone) {
  const absl::TimeZone::CivilInfo info = zone.At(time);
  const absl::Duration into_hour =
      absl::Minutes(info.cs.minute()) + absl::Seconds(info.cs.second()) + info.subsecond;
  return into_hour % length;
}

// The last change of the zone's offset at or before `time`, if there is one.
absl::Time LastJump(absl::Time time, absl::TimeZone zone) {
  absl::TimeZone::CivilTransition jump;
  absl::Time before = time + absl::Seconds(1);
  while (zone.PrevTransition(before, &jump)) {
    const absl::Time at = zone.At(jump.to).trans;
    if (jump.from != jump.to && at <= time) return at;
    before = std::min(at, before - absl::Seconds(1));
  }
  return absl::InfinitePast();
}

// The next change of the zone's offset after `time`, if there is one.
absl::Time NextJump(absl::Time time, absl::TimeZone zone) {
  absl::TimeZone::CivilTransition jump;
  absl::Time after = time;
  while (zone.NextTransition(after, &jump)) {
    const absl::Time at = zone.At(jump.to).trans;
    if (jump.from != jump.to && at > time) return at;
    after = std::max(at, after + absl::Seconds(1));
  }
  return absl::InfiniteFuture();
}

absl::StatusOr<std::vector<absl::Time>> ShortEdges(const Range& range, absl::Duration length,
                                                   absl::TimeZone zone) {
  absl::Time start = range.start - IntoBucket(range.start, length, zone);
  start = std::max(start, LastJump(range.start, zone));
  absl::Time jump = NextJump(start, zone);
  std::vector<absl::Time> edges = {start};
  while (edges.back() < range.end) {
    if (edges.size() > kMaxBuckets) return TooLarge();
    const absl::Time last = edges.back();
    edges.push_back(std::min(last + length - IntoBucket(last, length, zone), jump));
    if (edges.back() == jump) jump = NextJump(jump, zone);
  }
  return edges;
}

absl::CivilDay FirstDay(absl::CivilDay day, const BucketOptions& options) {
  switch (options.granularity) {
    case Granularity::kWeek:
      return absl::PrevWeekday(day + 1, options.week_start);
    case Granularity::kMonth:
      return absl::CivilDay(absl::CivilMonth(day));
    case Granularity::kYear:
      return absl::CivilDay(absl::CivilYear(day));
    default:
      return day;
  }
}

absl::CivilDay NextFirstDay(absl::CivilDay first, Granularity granularity) {
  switch (granularity) {
    case Granularity::kWeek:
      return first + 7;
    case Granularity::kMonth:
      return absl::CivilDay(absl::CivilMonth(first) + 1);
    case Granularity::kYear:
      return absl::CivilDay(absl::CivilYear(first) + 1);
    default:
      return first + 1;
  }
}

std::vector<absl::Time> LongEdges(const Range& range, const BucketOptions& options) {
  absl::CivilDay day = FirstDay(absl::ToCivilDay(range.start, options.zone), options);
  // After a midnight that repeats, an instant's local date may be that of the day before.
  const absl::CivilDay next = NextFirstDay(day, options.granularity);
  if (StartOfDay(next, options.zone) <= range.start) day = next;
  std::vector<absl::Time> edges = {StartOfDay(day, options.zone)};
  while (edges.back() < range.end && edges.size() <= kMaxBuckets + 1) {
    day = NextFirstDay(day, options.granularity);
    const absl::Time start = StartOfDay(day, options.zone);
    // A day that the zone leaves out has no instant.
    if (start > edges.back()) edges.push_back(start);
  }
  return edges;
}

}  // namespace

std::optional<Granularity> FindGranularity(std::string_view name) {
  if (name == "tenSeconds") return Granularity::kTenSeconds;
  for (const auto& [granularity, known] : kNames) {
    if (name == known) return granularity;
  }
  return std::nullopt;
}

std::string_view GranularityName(Granularity granularity) {
  for (const auto& [known, name] : kNames) {
    if (granularity == known) return name;
  }
  return "all";
}

std::vector<std::string> GranularityNames() {
  std::vector<std::string> names;
  for (const auto& [granularity, name] : kNames) names.emplace_back(name);
  return names;
}

absl::StatusOr<std::vector<absl::Time>> BucketEdges(const Range& range,
                                                    const BucketOptions& options) {
  if (options.granularity == Granularity::kAll) return std::vector{range.start, range.end};
  if (options.granularity < Granularity::kDay) {
    return ShortEdges(range, Length(options.granularity), options.zone);
  }
  return LongEdges(range, options);
}

std::vector<absl::Time> DayEdges(const Range& range, absl::TimeZone zone) {
  return LongEdges(range, {.granularity = Granularity::kDay, .zone = zone});
}

absl::Time FloorQuarter(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), absl::Minutes(15));
}

absl::Time CeilQuarter(absl::Time time) {
  return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), absl::Minutes(15));
}

std::string ShowTime(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime(absl::RFC3339_sec, time, zone);
}

}  // namespace playhead::query
