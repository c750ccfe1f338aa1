#include "services/query/time_range.h"

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "services/query/buckets.h"
#include "tests/query/error_info.h"

namespace playhead::query {
namespace {

using ::testing::HasSubstr;

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << error;
  return time;
}

absl::StatusOr<Range> Resolve(const std::string& json, const std::string& zone,
                              const std::string& now,
                              absl::Weekday week_start = absl::Weekday::monday) {
  v1::TimeRange range;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &range);
  EXPECT_TRUE(parsed.ok()) << json;
  const auto found = FindTimeZone(zone);
  if (!found.ok()) return found.status();
  return ResolveRange(range, {.now = At(now), .zone = *found, .week_start = week_start});
}

struct Good {
  std::string json;
  std::string zone;
  std::string now;
  std::string start;
  std::string end;
};

TEST(TimeRangeTest, ReadsEveryForm) {
  const std::string now = "2026-11-22T10:20:30Z";
  const std::vector<Good> cases = {
      {R"({"relative":"10m"})", "UTC", now, "2026-11-22T10:11:00Z", "2026-11-22T10:21:00Z"},
      {R"({"relative":"1m"})", "UTC", "2026-11-22T10:20:00Z", "2026-11-22T10:20:00Z",
       "2026-11-22T10:21:00Z"},
      {R"({"relative":"24h"})", "UTC", now, "2026-11-21T10:21:00Z", "2026-11-22T10:21:00Z"},
      {R"({"relative":"1d"})", "Europe/Paris", now, "2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z"},
      {R"({"relative":"7d"})", "Asia/Kolkata", "2026-11-22T18:29:59Z", "2026-11-15T18:30:00Z",
       "2026-11-22T18:30:00Z"},
      {R"({"relative":"7d"})", "Asia/Kolkata", "2026-11-22T18:30:00Z", "2026-11-16T18:30:00Z",
       "2026-11-23T18:30:00Z"},
      {R"({"relative":"2w"})", "UTC", now, "2026-11-09T00:00:00Z", "2026-11-23T00:00:00Z"},
      {R"({"relative":"today"})", "Asia/Kathmandu", now, "2026-11-21T18:15:00Z",
       "2026-11-22T18:15:00Z"},
      {R"({"relative":"yesterday"})", "UTC", now, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"},
      {R"({"relative":"wtd"})", "UTC", now, "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"},
      {R"({"relative":"last_week"})", "UTC", now, "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z"},
      {R"({"relative":"mtd"})", "UTC", now, "2026-11-01T00:00:00Z", "2026-11-23T00:00:00Z"},
      {R"({"relative":"last_month"})", "Europe/Paris", now, "2026-09-30T22:00:00Z",
       "2026-10-31T23:00:00Z"},
      {R"({"relative":"ytd"})", "UTC", now, "2026-01-01T00:00:00Z", "2026-11-23T00:00:00Z"},
      {R"({"relative":"last_year"})", "UTC", now, "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
      {R"({"startDate":"2026-03-29","endDate":"2026-03-29"})", "Europe/Paris", now,
       "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
      {R"({"start_date":"2026-10-25","end_date":"2026-10-26"})", "Europe/Paris", now,
       "2026-10-24T22:00:00Z", "2026-10-26T23:00:00Z"},
      {R"({"start_time":"2026-03-01T01:00:00+01:00","end_time":"2026-03-01T00:01:00Z"})", "UTC",
       now, "2026-03-01T00:00:00Z", "2026-03-01T00:01:00Z"},
      {R"({"start_date":"1980-01-01","end_date":"2099-12-31"})", "UTC", now, "1980-01-01T00:00:00Z",
       "2100-01-01T00:00:00Z"},
      // The zone left out all of 30 December 2011.
      {R"({"start_date":"2011-12-29","end_date":"2011-12-31"})", "Pacific/Apia", now,
       "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"},
  };
  for (const Good& c : cases) {
    const auto range = Resolve(c.json, c.zone, c.now);
    ASSERT_TRUE(range.ok()) << c.json << range.status();
    EXPECT_EQ(range->start, At(c.start)) << c.json << " " << range->start;
    EXPECT_EQ(range->end, At(c.end)) << c.json << " " << range->end;
  }
}

TEST(TimeRangeTest, BeginsWeeksOnTheDayAsked) {
  const auto range =
      Resolve(R"({"relative":"wtd"})", "UTC", "2026-11-22T10:00:00Z", absl::Weekday::sunday);
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->start, At("2026-11-22T00:00:00Z"));
}

TEST(TimeRangeTest, TakesTenSecondsWhereReportsAreByThem) {
  const auto resolve = [](const std::string& start) {
    v1::TimeRange range;
    range.mutable_start_time()->set_seconds(absl::ToUnixSeconds(At(start)));
    range.mutable_end_time()->set_seconds(absl::ToUnixSeconds(At("2026-01-01T00:01:10Z")));
    return ResolveRange(range,
                        {.now = At("2026-11-22T10:20:30Z"), .zone = {}, .step = absl::Seconds(10)});
  };
  EXPECT_EQ(resolve("2026-01-01T00:00:20Z")->start, At("2026-01-01T00:00:20Z"));
  EXPECT_THAT(std::string(resolve("2026-01-01T00:00:25Z").status().message()),
              HasSubstr("not on ten seconds; nearest: 2026-01-01T00:00:20"));
}

struct Bad {
  std::string json;
  std::string field;
  std::string says;
};

TEST(TimeRangeTest, NamesTheFieldAtFault) {
  const std::vector<Bad> cases = {
      {"{}", "time_range", "exactly one"},
      {R"({"relative":"7d","start_date":"2026-01-01"})", "time_range", "exactly one"},
      {R"({"relative":"0d"})", "time_range.relative", "none of"},
      {R"({"relative":"10000d"})", "time_range.relative", "none of"},
      {R"({"relative":"d"})", "time_range.relative", "none of"},
      {R"({"relative":"+7d"})", "time_range.relative", "none of"},
      {R"({"relative":"7D"})", "time_range.relative", "none of"},
      {R"({"relative":"fortnight"})", "time_range.relative", "none of"},
      {R"({"start_date":"2026-01-01"})", "time_range.end_date", "missing"},
      {R"({"end_date":"2026-01-01"})", "time_range.start_date", "missing"},
      {R"({"start_date":"2026-02-30","end_date":"2026-03-01"})", "time_range.start_date", "date"},
      {R"({"start_date":"2026-1-1","end_date":"2026-03-01"})", "time_range.start_date", "date"},
      {R"({"start_date":"2026-01-02","end_date":"2026-01-01"})", "time_range.end_date", "before"},
      {R"({"start_time":"2026-01-01T00:00:00Z"})", "time_range.end_time", "missing"},
      {R"({"end_time":"2026-01-01T00:00:00Z"})", "time_range.start_time", "missing"},
      {R"({"start_time":"2026-01-01T00:00:30Z","end_time":"2026-01-01T00:01:00Z"})",
       "time_range.start_time", "nearest: 2026-01-01T00:00:00"},
      {R"({"start_time":"2026-01-01T00:00:00.5Z","end_time":"2026-01-01T00:01:00Z"})",
       "time_range.start_time", "whole minute"},
      {R"({"start_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T00:00:00Z"})",
       "time_range.end_time", "not after"},
      {R"({"start_date":"1979-12-31","end_date":"2026-01-01"})", "time_range", "1980"},
      {R"({"start_date":"2026-01-01","end_date":"2100-01-01"})", "time_range", "2099"},
      {R"({"relative":"9999w"})", "time_range", "1980"},
  };
  for (const Bad& c : cases) {
    const auto range = Resolve(c.json, "UTC", "2026-11-22T10:20:30Z");
    ASSERT_FALSE(range.ok()) << c.json;
    EXPECT_EQ(InfoOf(range.status()).reason(), "BAD_RANGE") << c.json;
    EXPECT_THAT(std::string(range.status().message()), testing::StartsWith(c.field)) << c.json;
    EXPECT_THAT(std::string(range.status().message()), HasSubstr(c.says)) << c.json;
  }
}

TEST(TimeRangeTest, TakesInstalledZonesOnly) {
  for (const char* name : {"", "UTC", "Europe/Paris", "Etc/GMT+5", "America/Argentina/Salta"}) {
    EXPECT_TRUE(FindTimeZone(name).ok()) << name;
  }
  for (const char* name :
       {"Paris", "Europe", "/etc/passwd", "../zoneinfo/UTC", "localtime", "right/UTC", "Fixed/UTC",
        "file:/etc/passwd", "Europe/Paris ", "europe/nowhere"}) {
    const auto zone = FindTimeZone(name);
    ASSERT_FALSE(zone.ok()) << name;
    EXPECT_EQ(InfoOf(zone.status()).reason(), "BAD_TIME_ZONE");
    EXPECT_EQ(InfoOf(zone.status()).metadata().at("example"), "Europe/Paris");
  }
}

}  // namespace
}  // namespace playhead::query
