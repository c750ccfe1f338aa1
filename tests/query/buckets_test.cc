#include "services/query/buckets.h"

#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/query/error_info.h"

namespace playhead::query {
namespace {

using ::testing::ElementsAre;
using M = absl::CivilMinute;

absl::TimeZone Zone(const std::string& name) { return FindTimeZone(name).value(); }

std::vector<std::string> Shown(Granularity granularity, const std::string& zone, absl::Time start,
                               absl::Duration length) {
  const auto edges = BucketEdges({.start = start, .end = start + length},
                                 {.granularity = granularity, .zone = Zone(zone)});
  EXPECT_TRUE(edges.ok());
  std::vector<std::string> shown;
  for (const absl::Time edge : *edges) shown.push_back(ShowTime(edge, Zone(zone)));
  return shown;
}

absl::Time Local(const std::string& zone, absl::CivilMinute minute) {
  return Zone(zone).At(minute).pre;
}

TEST(BucketsTest, ShowsARepeatedHourTwice) {
  EXPECT_THAT(Shown(Granularity::kHour, "Europe/Paris",
                    Local("Europe/Paris", M{2026, 10, 25, 1, 30}), absl::Hours(2)),
              ElementsAre("2026-10-25T01:00:00+02:00", "2026-10-25T02:00:00+02:00",
                          "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"));
}

TEST(BucketsTest, CutsMinutesIntoTenSeconds) {
  EXPECT_EQ(FindGranularity("tenSeconds"), Granularity::kTenSeconds);
  EXPECT_THAT(
      Shown(Granularity::kTenSeconds, "Asia/Kathmandu",
            Local("Asia/Kathmandu", M{2026, 3, 1, 1, 30}) + absl::Seconds(40), absl::Seconds(30)),
      ElementsAre("2026-03-01T01:30:40+05:45", "2026-03-01T01:30:50+05:45",
                  "2026-03-01T01:31:00+05:45", "2026-03-01T01:31:10+05:45"));
}

TEST(BucketsTest, SplitsTheHourThatJumpsByHalf) {
  EXPECT_THAT(Shown(Granularity::kHour, "Australia/Lord_Howe",
                    Local("Australia/Lord_Howe", M{2026, 4, 5, 1, 0}), absl::Hours(2)),
              ElementsAre("2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30",
                          "2026-04-05T02:00:00+10:30", "2026-04-05T03:00:00+10:30"));
}

TEST(BucketsTest, LeavesOutADayThatDidNotHappen) {
  EXPECT_THAT(Shown(Granularity::kDay, "Pacific/Apia", Local("Pacific/Apia", M{2011, 12, 29, 0, 0}),
                    absl::Hours(48)),
              ElementsAre("2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00",
                          "2012-01-01T00:00:00+14:00"));
}

TEST(BucketsTest, BeginsWeeksOnTheDayAsked) {
  const absl::Time thursday = Local("UTC", M{2026, 1, 1, 0, 0});
  const auto edges = BucketEdges({.start = thursday, .end = thursday + absl::Hours(24)},
                                 {.granularity = Granularity::kWeek,
                                  .zone = Zone("UTC"),
                                  .week_start = absl::Weekday::thursday});
  ASSERT_TRUE(edges.ok());
  EXPECT_THAT(*edges, ElementsAre(thursday, thursday + absl::Hours(7 * 24)));
}

// What identifies the bucket that an instant lies in, by the zone's wall clock alone.
using Key = std::tuple<std::int64_t, int, int, int, int>;
Key KeyOf(absl::Time time, Granularity granularity, absl::TimeZone zone) {
  const auto info = zone.At(time);
  const absl::CivilSecond& c = info.cs;
  switch (granularity) {
    case Granularity::kYear:
      return {c.year(), 0, 0, 0, 0};
    case Granularity::kMonth:
      return {c.year(), c.month(), 0, 0, 0};
    case Granularity::kWeek: {
      const absl::CivilDay monday = absl::PrevWeekday(absl::CivilDay(c) + 1, absl::Weekday::monday);
      return {monday.year(), monday.month(), monday.day(), 0, 0};
    }
    case Granularity::kDay:
      return {c.year(), c.month(), c.day(), 0, 0};
    case Granularity::kHour:
      return {c.year(), c.month(), c.day(), c.hour() * 60, info.offset};
    case Granularity::kQuarterHour:
      return {c.year(), c.month(), c.day(), c.hour() * 60 + c.minute() / 15 * 15, info.offset};
    default:
      return {c.year(), c.month(), c.day(), c.hour() * 60 + c.minute(), info.offset};
  }
}

struct Span {
  std::string zone;
  absl::CivilMinute start;
  int hours;
};

TEST(BucketsTest, EqualsAWalkMinuteByMinute) {
  const std::vector<Span> spans = {
      {"Europe/Paris", M{2026, 3, 27, 5, 7}, 120},
      {"Europe/Paris", M{2026, 10, 23, 5, 7}, 120},
      {"Australia/Lord_Howe", M{2026, 4, 3, 0, 20}, 96},
      {"Australia/Lord_Howe", M{2026, 10, 2, 0, 20}, 96},
      {"Antarctica/Casey", M{2023, 3, 8, 1, 1}, 48},
      {"Antarctica/Casey", M{2018, 3, 10, 1, 1}, 48},
      {"Antarctica/Casey", M{2020, 10, 3, 1, 1}, 48},
      {"Asia/Kolkata", M{2026, 6, 1, 3, 3}, 60},
      {"Asia/Kathmandu", M{1985, 12, 30, 3, 3}, 96},
      {"Pacific/Apia", M{2011, 12, 28, 12, 0}, 96},
      {"America/Caracas", M{2016, 4, 30, 12, 0}, 48},
  };
  for (const Span& span : spans) {
    const absl::TimeZone zone = Zone(span.zone);
    const absl::Time start = zone.At(span.start).pre;
    for (const Granularity granularity :
         {Granularity::kMinute, Granularity::kQuarterHour, Granularity::kHour, Granularity::kDay,
          Granularity::kWeek, Granularity::kMonth, Granularity::kYear}) {
      const Range range{.start = start, .end = start + absl::Hours(span.hours)};
      const auto edges = BucketEdges(range, {.granularity = granularity, .zone = zone});
      ASSERT_TRUE(edges.ok());
      ASSERT_LE(edges->front(), range.start);
      ASSERT_GE(edges->back(), range.end);
      ASSERT_LT((*edges)[edges->size() - 2], range.end);
      std::vector<absl::Time> walked;
      for (absl::Time t = edges->front(); t <= edges->back(); t += absl::Minutes(1)) {
        const Key key = KeyOf(t, granularity, zone);
        if (walked.empty() || key != KeyOf(t - absl::Minutes(1), granularity, zone)) {
          walked.push_back(t);
        }
      }
      EXPECT_EQ(*edges, walked) << span.zone << " " << GranularityName(granularity);
      EXPECT_NE(KeyOf(edges->front() - absl::Minutes(1), granularity, zone),
                KeyOf(edges->front(), granularity, zone))
          << span.zone << " " << GranularityName(granularity);
    }
  }
}

TEST(BucketsTest, TakesFiftyThousandAndNoMore) {
  const absl::Time start = Local("UTC", M{2026, 1, 1, 0, 0});
  const BucketOptions options{.granularity = Granularity::kMinute, .zone = Zone("UTC")};
  const auto most = BucketEdges({start, start + absl::Minutes(kMaxBuckets)}, options);
  ASSERT_TRUE(most.ok());
  EXPECT_EQ(most->size(), kMaxBuckets + 1U);
  const auto more = BucketEdges({start, start + absl::Minutes(kMaxBuckets + 1)}, options);
  EXPECT_EQ(more.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(InfoOf(more.status()).reason(), "QUERY_TOO_LARGE");
}

TEST(BucketsTest, IsOneBucketWithoutATimeDimension) {
  const absl::Time start = Local("UTC", M{2026, 1, 1, 0, 7});
  const auto edges = BucketEdges({start, start + absl::Minutes(3)}, {.zone = Zone("UTC")});
  ASSERT_TRUE(edges.ok());
  EXPECT_THAT(*edges, ElementsAre(start, start + absl::Minutes(3)));
}

}  // namespace
}  // namespace playhead::query
