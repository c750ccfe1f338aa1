#include "services/aggregator/store/day_edges.h"

#include <string>

#include "gtest/gtest.h"

namespace playhead::aggregator {
namespace {

absl::Time At(const std::string& time) {
  absl::Time parsed;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &parsed, &error)) << error;
  return parsed;
}

struct Case {
  std::string name;
  std::string zone;
  std::string instant;
  std::string start;
  std::string end;
};

class DayEdgesTest : public ::testing::TestWithParam<Case> {};

TEST_P(DayEdgesTest, GivesTheFirstInstantsOfTheDayAndTheNext) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone(GetParam().zone, &zone));
  const auto days = DaysOf(zone, At(GetParam().instant), At(GetParam().instant));
  ASSERT_EQ(days.size(), 1U);
  EXPECT_EQ(days[0].start, At(GetParam().start));
  EXPECT_EQ(days[0].end, At(GetParam().end));
}

INSTANTIATE_TEST_SUITE_P(
    Zones, DayEdgesTest,
    ::testing::Values(Case{"Utc", "UTC", "2026-10-01T12:00:00Z", "2026-10-01T00:00:00Z",
                           "2026-10-02T00:00:00Z"},
                      Case{"UtcFirstInstant", "UTC", "2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z",
                           "2026-10-02T00:00:00Z"},
                      Case{"UtcLastInstant", "UTC", "2026-10-01T23:59:59Z", "2026-10-01T00:00:00Z",
                           "2026-10-02T00:00:00Z"},
                      Case{"ParisShort", "Europe/Paris", "2026-03-29T12:00:00Z",
                           "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
                      Case{"ParisLong", "Europe/Paris", "2026-10-25T12:00:00Z",
                           "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
                      Case{"LordHoweHalfHour", "Australia/Lord_Howe", "2026-04-04T20:00:00Z",
                           "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"},
                      Case{"Kathmandu", "Asia/Kathmandu", "2026-10-01T18:15:00Z",
                           "2026-10-01T18:15:00Z", "2026-10-02T18:15:00Z"},
                      // Midnight comes twice: the first one counts.
                      Case{"HavanaRepeatedMidnight", "America/Havana", "2026-11-01T04:30:00Z",
                           "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
                      // Midnight does not come: the day begins at one.
                      Case{"HavanaSkippedMidnight", "America/Havana", "2026-03-08T12:00:00Z",
                           "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"}),
    [](const auto& tested) { return tested.param.name; });

TEST(DayEdgesTest, CoversARangeWithoutHolesOrOverlaps) {
  for (const char* name : {"Europe/Paris", "Australia/Lord_Howe", "Antarctica/Casey",
                           "Pacific/Apia", "America/Havana", "Asia/Kathmandu"}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    const absl::Time least = At("2009-01-01T00:00:00Z");
    const absl::Time greatest = At("2027-01-01T00:00:00Z");
    const auto days = DaysOf(zone, least, greatest);
    ASSERT_FALSE(days.empty());
    EXPECT_LE(days.front().start, least);
    EXPECT_GT(days.back().end, greatest);
    for (std::size_t i = 0; i < days.size(); ++i) {
      EXPECT_EQ(days[i].start, i == 0 ? days[i].start : days[i - 1].end) << name;
      EXPECT_GE(days[i].end - days[i].start, absl::Hours(20)) << name;
      EXPECT_LE(days[i].end - days[i].start, absl::Hours(28)) << name;
    }
  }
}

}  // namespace
}  // namespace playhead::aggregator
