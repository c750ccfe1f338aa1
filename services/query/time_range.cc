#include "services/query/time_range.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

constexpr std::size_t kMaxZoneBytes = 64;
constexpr char kZoneExample[] = "Europe/Paris";
constexpr char kRangeExample[] =
    R"({"relative": "7d"}, {"start_date": "2026-03-01", "end_date": "2026-03-31"} or )"
    R"({"start_time": "2026-03-01T00:00:00Z", "end_time": "2026-03-01T12:30:00Z"})";

absl::Status BadRange(std::string_view field, const std::string& fault, std::string_view value) {
  const std::string path =
      field.empty() ? "time_range" : absl::StrCat("time_range.", ToAbsl(field));
  const std::string shown = Shown(ValidUtf8(value));
  return Invalid("BAD_RANGE", path,
                 absl::StrCat(path, shown.empty() ? "" : absl::StrCat(" `", shown, "`"), ": ",
                              fault, "; for example: ", kRangeExample),
                 {{"position", "0"}, {"value", shown}, {"example", kRangeExample}});
}

absl::Time Earliest() { return absl::FromCivil(absl::CivilDay(1980, 1, 1), absl::UTCTimeZone()); }
absl::Time Latest() { return absl::FromCivil(absl::CivilDay(2100, 1, 1), absl::UTCTimeZone()); }

// cctz opens files by name and remembers every name: only those of installed zones may reach it.
bool IsInstalledZone(const std::string& name) {
  if (name.size() > kMaxZoneBytes || name.find("..") != std::string::npos) return false;
  const auto is_allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '+' || c == '-' || c == '/';
  };
  if (name.front() == '/' || !std::all_of(name.begin(), name.end(), is_allowed)) return false;
  if (name.starts_with("right/") || name.starts_with("posix/") || name == "localtime") return false;
  const char* directory = std::getenv("TZDIR");
  std::error_code error;
  return std::filesystem::is_regular_file(
      absl::StrCat(directory == nullptr ? "/usr/share/zoneinfo" : directory, "/", name), error);
}

absl::StatusOr<absl::CivilDay> ParseDate(std::string_view field, const std::string& text) {
  absl::CivilDay day;
  if (text.size() != 10 || !absl::ParseCivilTime(text, &day)) {
    return BadRange(field, "is not a date YYYY-MM-DD", text);
  }
  return day;
}

absl::StatusOr<absl::Time> ParseInstant(std::string_view field,
                                        const google::protobuf::Timestamp& timestamp,
                                        absl::Duration step) {
  const std::int64_t limit = 1LL << 40;
  if (timestamp.seconds() > limit || timestamp.seconds() < -limit) {
    return BadRange(field, "is not between 1980 and 2100", "");
  }
  const absl::Time time = absl::FromUnixSeconds(timestamp.seconds());
  const std::int64_t seconds = absl::ToInt64Seconds(step);
  if (timestamp.nanos() != 0 || timestamp.seconds() % seconds != 0) {
    const absl::Time nearest = absl::FromUnixSeconds(timestamp.seconds() / seconds * seconds);
    return BadRange(
        field,
        absl::StrCat("is not on ", seconds == 60 ? "a whole minute" : "ten seconds", "; nearest: ",
                     absl::FormatTime(absl::RFC3339_sec, nearest, absl::UTCTimeZone())),
        absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
  }
  return time;
}

Range Days(absl::CivilDay first, absl::CivilDay after_last, absl::TimeZone zone) {
  return {.start = StartOfDay(first, zone), .end = StartOfDay(after_last, zone)};
}

absl::CivilDay StartOfWeek(absl::CivilDay day, absl::Weekday week_start) {
  return absl::PrevWeekday(day + 1, week_start);
}

std::optional<Range> NamedRange(std::string_view name, const RangeOptions& options) {
  const absl::CivilDay today(absl::ToCivilDay(options.now, options.zone));
  const absl::CivilDay tomorrow = today + 1;
  const absl::CivilDay week = StartOfWeek(today, options.week_start);
  const absl::CivilMonth month(today);
  const absl::CivilYear year(today);
  if (name == "today") return Days(today, tomorrow, options.zone);
  if (name == "yesterday") return Days(today - 1, today, options.zone);
  if (name == "wtd") return Days(week, tomorrow, options.zone);
  if (name == "last_week") return Days(week - 7, week, options.zone);
  if (name == "mtd") return Days(absl::CivilDay(month), tomorrow, options.zone);
  if (name == "last_month") {
    return Days(absl::CivilDay(month - 1), absl::CivilDay(month), options.zone);
  }
  if (name == "ytd") return Days(absl::CivilDay(year), tomorrow, options.zone);
  if (name == "last_year") {
    return Days(absl::CivilDay(year - 1), absl::CivilDay(year), options.zone);
  }
  return std::nullopt;
}

std::optional<Range> CountedRange(std::string_view text, const RangeOptions& options) {
  int count = 0;
  if (text.size() < 2 || text.size() > 5) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  const bool all_digits = std::all_of(digits.begin(), digits.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!all_digits || !absl::SimpleAtoi(ToAbsl(digits), &count) || count == 0) return std::nullopt;
  const absl::Time minute_end =
      absl::FromUnixSeconds(absl::ToUnixSeconds(options.now) / 60 * 60 + 60);
  const absl::CivilDay tomorrow(absl::ToCivilDay(options.now, options.zone) + 1);
  switch (text.back()) {
    case 'm':
      return Range{.start = minute_end - absl::Minutes(count), .end = minute_end};
    case 'h':
      return Range{.start = minute_end - absl::Hours(count), .end = minute_end};
    case 'd':
      return Days(tomorrow - count, tomorrow, options.zone);
    case 'w':
      return Days(tomorrow - std::int64_t{7} * count, tomorrow, options.zone);
    default:
      return std::nullopt;
  }
}

absl::StatusOr<Range> Relative(const std::string& text, const RangeOptions& options) {
  if (const auto range = NamedRange(text, options)) return *range;
  if (const auto range = CountedRange(text, options)) return *range;
  return BadRange("relative",
                  "is none of Nm, Nh, Nd, Nw (N of 1 to 4 digits, above 0), today, yesterday, wtd, "
                  "last_week, mtd, last_month, ytd, last_year",
                  text);
}

absl::StatusOr<Range> Unchecked(const v1::TimeRange& range, const RangeOptions& options) {
  const bool has_times = range.has_start_time() || range.has_end_time();
  const bool has_dates = !range.start_date().empty() || !range.end_date().empty();
  const bool is_relative = !range.relative().empty();
  if (int{has_times} + int{has_dates} + int{is_relative} != 1) {
    return BadRange(
        "", "needs exactly one of start_time and end_time, start_date and end_date, relative", "");
  }
  if (is_relative) return Relative(range.relative(), options);
  if (has_dates) {
    if (range.start_date().empty()) return BadRange("start_date", "is missing", "");
    if (range.end_date().empty()) return BadRange("end_date", "is missing", "");
    ASSIGN_OR_RETURN(const absl::CivilDay first, ParseDate("start_date", range.start_date()));
    ASSIGN_OR_RETURN(const absl::CivilDay last, ParseDate("end_date", range.end_date()));
    if (last < first) return BadRange("end_date", "is before start_date", range.end_date());
    return Days(first, last + 1, options.zone);
  }
  if (!range.has_start_time()) return BadRange("start_time", "is missing", "");
  if (!range.has_end_time()) return BadRange("end_time", "is missing", "");
  ASSIGN_OR_RETURN(const absl::Time start,
                   ParseInstant("start_time", range.start_time(), options.step));
  ASSIGN_OR_RETURN(const absl::Time end, ParseInstant("end_time", range.end_time(), options.step));
  if (end <= start) {
    return BadRange("end_time", "is not after start_time",
                    absl::FormatTime(absl::RFC3339_sec, end, absl::UTCTimeZone()));
  }
  return Range{.start = start, .end = end};
}

}  // namespace

absl::StatusOr<absl::TimeZone> FindTimeZone(const std::string& name) {
  absl::TimeZone zone;
  if (name.empty() || name == "UTC") return absl::UTCTimeZone();
  if (IsInstalledZone(name) && absl::LoadTimeZone(name, &zone)) return zone;
  const std::string shown = Shown(ValidUtf8(name));
  return Invalid("BAD_TIME_ZONE", "time_zone",
                 absl::StrCat("time_zone: `", shown,
                              "` is not an IANA time zone; for example: ", kZoneExample),
                 {{"position", "0"}, {"value", shown}, {"example", kZoneExample}});
}

absl::Time StartOfDay(absl::CivilDay day, absl::TimeZone zone) {
  // A midnight that a jump skips: the first instant after the jump. A repeated one: the first.
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(day));
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

absl::StatusOr<Range> ResolveRange(const v1::TimeRange& range, const RangeOptions& options) {
  ASSIGN_OR_RETURN(const Range resolved, Unchecked(range, options));
  if (resolved.start < Earliest()) return BadRange("", "begins before 1980", "");
  if (resolved.end > Latest()) return BadRange("", "ends after 2099", "");
  return resolved;
}

}  // namespace playhead::query
