#include "services/query/plan.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/query/error_info.h"

namespace playhead::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::Time Now() {
  return absl::FromCivil(absl::CivilSecond(2026, 11, 22, 10, 20, 30), absl::UTCTimeZone());
}

struct Question {
  std::vector<std::string> metrics = {"plays"};
  std::vector<std::string> dimensions = {};
  std::string filter{};
  std::string start = "2026-11-20";  // a date, or an instant
  std::string end = "2026-11-21";
  std::string zone = "UTC";
  std::string partner_zone = "UTC";
};

v1::RunReportRequest RequestOf(const Question& question) {
  v1::RunReportRequest request;
  request.set_partner_id(7);
  for (const std::string& name : question.metrics) request.add_metrics(name);
  for (const std::string& name : question.dimensions) request.add_dimensions(name);
  request.set_filter_string(question.filter);
  request.set_time_zone(question.zone);
  if (question.start.size() == 10) {
    request.mutable_time_range()->set_start_date(question.start);
    request.mutable_time_range()->set_end_date(question.end);
    return request;
  }
  const auto seconds = [](const std::string& text) {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_sec, text, &time, &error)) << text;
    return absl::ToUnixSeconds(time);
  };
  request.mutable_time_range()->mutable_start_time()->set_seconds(seconds(question.start));
  request.mutable_time_range()->mutable_end_time()->set_seconds(seconds(question.end));
  return request;
}

absl::StatusOr<Plan> PlanOf(const Question& question,
                            std::map<std::string, absl::Time> complete_after = {}) {
  const auto query = ParseRequest(RequestOf(question), {.now = Now()});
  EXPECT_TRUE(query.ok()) << query.status();
  return MakePlan(*query, {.now = Now(),
                           .partner_zone = FindTimeZone(question.partner_zone).value(),
                           .retention = {},
                           .row_counts = {},
                           .complete_after = std::move(complete_after)});
}

std::string Shown(const std::vector<Region>& regions) {
  std::vector<std::string> parts;
  for (const Region& region : regions) {
    parts.push_back(
        absl::StrCat(std::string(TierName(region.tier)), " ",
                     absl::FormatTime("%dT%H:%M", region.range.start, absl::UTCTimeZone()), "-",
                     absl::FormatTime("%dT%H:%M", region.range.end, absl::UTCTimeZone())));
  }
  return absl::StrJoin(parts, ", ");
}

std::string Shown(const Plan& plan) {
  return absl::StrCat(std::string(plan.rollup == nullptr ? "facts" : plan.rollup->name), ": ",
                      Shown(plan.regions));
}

std::string Shown(const AudiencePlan& plan) {
  return absl::StrCat(std::string(plan.audience->name), ": ", Shown(plan.regions));
}

struct Case {
  std::string name;
  Question question;
  std::string plan;
};

TEST(PlanTest, TakesTheCheapestRollupAndTheCoarsestTierThatFits) {
  const std::vector<Case> cases = {
      {"whole days", {}, "partner: day 20T00:00-22T00:00"},
      {"an entry", {.dimensions = {"entry"}}, "entry: day 20T00:00-22T00:00"},
      {"a filter counts as a dimension",
       {.filter = "country = \"FR\""},
       "country_region_city: day 20T00:00-22T00:00"},
      {"many keys",
       {.dimensions = {"entry", "domain"}},
       "entry_domain_page: day 20T00:00-22T00:00"},
      {"by hour", {.dimensions = {"hour"}}, "partner: quarter_hour 20T00:00-22T00:00"},
      {"by minute", {.dimensions = {"minute"}}, "partner: minute 20T00:00-22T00:00"},
      {"by minute, of many keys",
       {.dimensions = {"minute", "page"}},
       "entry_domain_page: facts 20T00:00-22T00:00"},
      {"edges on finer grains",
       {.start = "2026-11-18T10:07:00Z", .end = "2026-11-21T00:20:00Z"},
       "partner: minute 18T10:07-18T10:15, quarter_hour 18T10:15-19T00:00, day "
       "19T00:00-21T00:00, quarter_hour 21T00:00-21T00:15, minute 21T00:15-21T00:20"},
      {"inside a quarter",
       {.start = "2026-11-18T10:01:00Z", .end = "2026-11-18T10:14:00Z"},
       "partner: minute 18T10:01-18T10:14"},
      {"days of another zone",
       {.dimensions = {"day"}, .zone = "Asia/Kolkata"},
       "partner: quarter_hour 19T18:30-21T18:30"},
      {"one bucket in another zone has whole days of the partner inside",
       {.start = "2026-11-17", .zone = "Asia/Kolkata"},
       "partner: quarter_hour 16T18:30-17T00:00, day 17T00:00-21T00:00, quarter_hour "
       "21T00:00-21T18:30"},
      {"another zone with equal days",
       {.dimensions = {"day"}, .zone = "Europe/Paris", .partner_zone = "Europe/Berlin"},
       "partner: day 19T23:00-21T23:00"},
      {"known users are in some rollups",
       {.metrics = {"unique_known_users"}, .dimensions = {"entry"}},
       "entry: day 20T00:00-22T00:00"},
      {"known users by domain",
       {.metrics = {"unique_known_users"}, .dimensions = {"domain"}},
       "facts: facts 20T00:00-22T00:00"},
      {"no rollup", {.dimensions = {"country", "device"}}, "facts: facts 20T00:00-22T00:00"},
      {"error codes",
       {.metrics = {"errors"}, .dimensions = {"error_code"}},
       "facts: facts 20T00:00-22T00:00"},
      {"event types are in every rollup",
       {.metrics = {"events"}, .dimensions = {"event_type", "entry"}},
       "entry: day 20T00:00-22T00:00"},
      {"systems and browsers, long ago",
       {.dimensions = {"operating_system_family", "browser_family"}, .start = "2026-10-23"},
       "os_browser: day 23T00:00-22T00:00"},
      {"custom variables of an entry, long ago",
       {.dimensions = {"entry", "custom_var_1"}, .start = "2026-10-23"},
       "entry_custom_vars: day 23T00:00-22T00:00"},
      {"the world by system",
       {.dimensions = {"country", "operating_system"}, .start = "2026-10-23"},
       "country_os_browser: day 23T00:00-22T00:00"},
      {"concurrent viewers come from any rollup",
       {.metrics = {"viewers"}, .dimensions = {"device"}, .start = "2026-10-23"},
       "device_os_browser: day 23T00:00-22T00:00"},
  };
  for (const Case& c : cases) {
    const auto plan = PlanOf(c.question);
    ASSERT_TRUE(plan.ok()) << c.name << plan.status();
    EXPECT_EQ(Shown(*plan), c.plan) << c.name;
    const bool scans = c.plan.starts_with("facts:");
    EXPECT_EQ(plan->warnings.size(), scans ? 1U : 0U) << c.name;
    if (scans) {
      EXPECT_EQ(plan->warnings[0].code(), v1::Warning::FACTS_SCANNED);
    }
  }
}

TEST(PlanTest, UsesARollupFromWhereItIsComplete) {
  const absl::Time start = absl::FromCivil(absl::CivilDay(2026, 11, 20), absl::UTCTimeZone());
  EXPECT_EQ(PlanOf({}, {{"partner", start}})->rollup->name, "entry");
  EXPECT_EQ(PlanOf({}, {{"partner", start - absl::Minutes(1)}})->rollup->name, "partner");
  const Question of_one{.dimensions = {"custom_var_1"}, .start = "2026-11-01"};
  const auto before = PlanOf(of_one, {{"custom_vars", start}, {"entry_custom_vars", start}});
  EXPECT_EQ(InfoOf(before.status()).reason(), "GRAIN_NOT_RETAINED");
  EXPECT_EQ(InfoOf(before.status()).metadata().at("from"), "2026-11-20T00:15:00+00:00");
}

TEST(PlanTest, ReadsPeaksWhereNothingIsAddedUp) {
  const std::vector<Case> cases = {
      {"whole quarters", {}, "partner: quarter_hour 20T00:00-22T00:00"},
      {"by day of another zone",
       {.dimensions = {"entry", "day"}, .zone = "Asia/Kathmandu"},
       "entry: quarter_hour 19T18:15-21T18:15"},
      {"edges",
       {.start = "2026-11-18T10:07:00Z", .end = "2026-11-18T11:20:00Z"},
       "partner: ten_seconds 18T10:07-18T10:15, quarter_hour 18T10:15-18T11:15, ten_seconds "
       "18T11:15-18T11:20"},
      {"by minute", {.dimensions = {"minute"}}, "partner: ten_seconds 20T00:00-22T00:00"},
      {"a filter on what is grouped by",
       {.dimensions = {"entry"}, .filter = "entry IN (\"a\", \"b\")"},
       "entry: quarter_hour 20T00:00-22T00:00"},
      {"one value",
       {.filter = "entry = \"a\" AND country = \"France\""},
       "entry_country: quarter_hour 20T00:00-22T00:00"},
      {"values that add up",
       {.filter = "entry IN (\"a\", \"b\")"},
       "entry: ten_seconds 20T00:00-22T00:00"},
      {"one value or another",
       {.filter = "entry = \"a\" OR entry = \"b\""},
       "entry: ten_seconds 20T00:00-22T00:00"},
      {"all values but one", {.filter = "entry != \"a\""}, "entry: ten_seconds 20T00:00-22T00:00"},
      {"a part of an audience",
       {.dimensions = {"country", "city"}},
       "country_region_city: ten_seconds 20T00:00-22T00:00"},
      {"traffic is a dimension of ten seconds alone",
       {.dimensions = {"traffic"}},
       "partner: ten_seconds 20T00:00-22T00:00"},
      {"partner is of every audience",
       {.dimensions = {"partner", "domain"}},
       "domain: quarter_hour 20T00:00-22T00:00"},
  };
  for (Case c : cases) {
    c.question.metrics = {"peak_viewers"};
    const auto plan = PlanOf(c.question);
    ASSERT_TRUE(plan.ok()) << c.name << plan.status();
    EXPECT_EQ(Shown(*plan->audience), c.plan) << c.name;
    EXPECT_TRUE(plan->regions.empty()) << c.name;
    c.question.metrics = {"plays", "peak_viewers"};
    EXPECT_FALSE(PlanOf(c.question)->regions.empty()) << c.name;
  }
}

TEST(PlanTest, ReadsEverythingByTenSecondsFromAnAudience) {
  const auto plan = PlanOf({.metrics = {"views", "viewers"},
                            .dimensions = {"entry", "tenSeconds"},
                            .filter = "city = \"Paris\"",
                            .start = "2026-11-20T10:00:10Z",
                            .end = "2026-11-20T10:00:40Z"});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->audience->audience->name, "entry_country_region_city");
  EXPECT_TRUE(plan->regions.empty());
  EXPECT_EQ(plan->edges.size(), 4U);
}

struct Refusal {
  std::string name;
  Question question;
  std::string reason;
  std::map<std::string, std::string> metadata;
};

TEST(PlanTest, NamesTheNearestChoice) {
  const std::vector<Refusal> cases = {
      {"minutes are gone",
       {.dimensions = {"minute"}, .start = "2026-11-08", .end = "2026-11-08"},
       "GRAIN_NOT_RETAINED",
       {{"requested", "minute"},
        {"finestAvailable", "quarter_hour"},
        {"from", "2026-11-08T10:30:00+00:00"}}},
      {"quarters are gone",
       {.dimensions = {"hour"}, .start = "2025-10-18", .end = "2025-10-18"},
       "GRAIN_NOT_RETAINED",
       {{"requested", "hour"}, {"finestAvailable", "day"}, {"from", "2025-10-18T10:30:00+00:00"}}},
      {"another zone is gone",
       {.dimensions = {"day"}, .start = "2024-01-01", .end = "2024-01-02", .zone = "Asia/Kolkata"},
       "GRAIN_NOT_RETAINED",
       {{"requested", "day"}, {"finestAvailable", "day"}, {"from", "2025-10-18T10:30:00+00:00"}}},
      {"facts are gone",
       {.dimensions = {"country", "device"}, .start = "2026-11-14"},
       "INCOMPATIBLE_FIELDS",
       {{"dimension", "device"}, {"metric", "plays"}, {"allowed", "country, region, city"}}},
      {"known users by domain, too long",
       {.metrics = {"unique_known_users"}, .dimensions = {"domain"}, .start = "2026-11-01"},
       "INCOMPATIBLE_FIELDS",
       {{"metric", "unique_known_users"}}},
      {"watched time by event type",
       {.metrics = {"plays", "play_time"}, .dimensions = {"event_type"}},
       "INCOMPATIBLE_FIELDS",
       {{"metric", "play_time"}, {"dimension", "event_type"}}},
      {"distinct counts by error code",
       {.metrics = {"unique_viewers"}, .filter = "error_code = \"7\""},
       "INCOMPATIBLE_FIELDS",
       {{"metric", "unique_viewers"}, {"dimension", "error_code"}}},
      {"viewers by event type",
       {.metrics = {"viewers"}, .dimensions = {"event_type"}},
       "INCOMPATIBLE_FIELDS",
       {{"metric", "viewers"}, {"dimension", "event_type"}}},
      {"peaks of a set without an audience",
       {.metrics = {"plays", "peak_viewers"}, .dimensions = {"entry", "device"}},
       "INCOMPATIBLE_FIELDS",
       {{"metric", "peak_viewers"},
        {"dimension", "device"},
        {"allowed",
         "entry, country, country+region+city, domain, application, entry+country, "
         "entry+country+region+city, entry+domain, entry+application"}}},
      {"views by ten seconds and event type",
       {.metrics = {"views"}, .dimensions = {"ten_seconds", "event_type"}},
       "INCOMPATIBLE_FIELDS",
       {{"metric", "views"}, {"dimension", "event_type"}}},
      {"ten seconds are gone",
       {.metrics = {"views"},
        .dimensions = {"ten_seconds"},
        .start = "2026-11-15",
        .end = "2026-11-15"},
       "GRAIN_NOT_RETAINED",
       {{"requested", "ten_seconds"},
        {"finestAvailable", "minute"},
        {"from", "2026-11-15T10:30:00+00:00"}}},
      {"peaks of added up values are gone",
       {.metrics = {"peak_viewers"}, .filter = "entry != \"a\"", .start = "2026-11-15"},
       "GRAIN_NOT_RETAINED",
       {{"requested", "ten_seconds"},
        {"finestAvailable", "quarter_hour"},
        {"from", "2026-11-15T10:30:00+00:00"}}},
      {"peaks of quarter hours are gone",
       {.metrics = {"peak_viewers"}, .dimensions = {"day"}, .start = "2025-10-18"},
       "GRAIN_NOT_RETAINED",
       {{"requested", "day"}, {"from", "2025-10-18T10:30:00+00:00"}}},
  };
  for (const Refusal& c : cases) {
    const auto plan = PlanOf(c.question);
    ASSERT_FALSE(plan.ok()) << c.name;
    const auto info = InfoOf(plan.status());
    EXPECT_EQ(info.reason(), c.reason) << c.name;
    for (const auto& [key, value] : c.metadata) {
      EXPECT_EQ(info.metadata().at(key), value) << c.name << " " << key;
    }
    if (c.reason == "INCOMPATIBLE_FIELDS") {
      EXPECT_THAT(info.metadata().at("fix"), HasSubstr("leave out"));
    }
  }
}

TEST(PlanTest, KeepsEachGrainToItsLastInstant) {
  EXPECT_TRUE(PlanOf({.dimensions = {"minute"},
                      .start = "2026-11-08T10:21:00Z",
                      .end = "2026-11-08T11:00:00Z"})
                  .ok());
  EXPECT_FALSE(PlanOf({.dimensions = {"minute"},
                       .start = "2026-11-08T10:20:00Z",
                       .end = "2026-11-08T11:00:00Z"})
                   .ok());
  EXPECT_TRUE(PlanOf({.dimensions = {"country", "device"},
                      .start = "2026-11-14T10:21:00Z",
                      .end = "2026-11-22T00:00:00Z"})
                  .ok());
  EXPECT_FALSE(PlanOf({.dimensions = {"country", "device"},
                       .start = "2026-11-14T10:20:00Z",
                       .end = "2026-11-22T00:00:00Z"})
                   .ok());
}

TEST(PlanTest, KeepsAudiencesFromWhereTheyAreComplete) {
  const absl::Time after =
      absl::FromCivil(absl::CivilSecond(2026, 11, 20, 9, 59, 0), absl::UTCTimeZone());
  const Question early{
      .metrics = {"peak_viewers"}, .start = "2026-11-20T09:59:00Z", .end = "2026-11-20T11:00:00Z"};
  const auto refused = PlanOf(early, {{kAudiences, after}});
  EXPECT_EQ(InfoOf(refused.status()).metadata().at("from"), "2026-11-20T10:00:00+00:00");
  Question later = early;
  later.start = "2026-11-20T10:00:00Z";
  EXPECT_TRUE(PlanOf(later, {{kAudiences, after}}).ok());
}

TEST(PlanTest, PlansTotalsOfPeaksWithoutDimensions) {
  Question question{.metrics = {"peak_viewers"},
                    .dimensions = {"entry", "day"},
                    .filter = "country = \"FR\"",
                    .start = "2026-11-10"};
  auto request = RequestOf(question);
  request.set_totals(true);
  const PlanContext context{.now = Now(),
                            .partner_zone = absl::UTCTimeZone(),
                            .retention = {},
                            .row_counts = {},
                            .complete_after = {}};
  const auto plan = MakePlan(*ParseRequest(request, {.now = Now()}), context);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Shown(*plan->audience), "entry_country: quarter_hour 10T00:00-22T00:00");
  EXPECT_EQ(Shown(*plan->totals_audience), "country: quarter_hour 10T00:00-22T00:00");
  request.set_filter_string("entry != \"a\"");
  const auto refused = MakePlan(*ParseRequest(request, {.now = Now()}), context);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("or leave out totals"));
}

TEST(PlanTest, WarnsOfARangeThatBeginsBeforeEverything) {
  const auto plan = PlanOf({.start = "1990-01-01", .end = "2026-11-21"});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->warnings.size(), 1U);
  EXPECT_EQ(plan->warnings[0].code(), v1::Warning::RANGE_BEFORE_RETENTION);
  EXPECT_GT(plan->completeness, 0.13);
  EXPECT_LT(plan->completeness, 0.14);
  EXPECT_TRUE(PlanOf({.start = "1990-01-01", .end = "1990-02-01"}).ok());
}

TEST(PlanTest, RegionsCoverTheRangeAndLieInOneBucketEach) {
  std::mt19937 random(3);
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const std::vector<std::string> zones = {
      "UTC",          "Europe/Paris",        "Asia/Kathmandu",
      "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"};
  for (int i = 0; i < 500; ++i) {
    // Saint John's changed its clock at one minute past midnight then.
    const absl::Time start = absl::FromCivil(absl::CivilDay(2006, 3, 30), absl::UTCTimeZone()) +
                             absl::Minutes(below(5 * 1440));
    const Range range{start, start + absl::Minutes(1 + below(10 * 1440))};
    const absl::TimeZone zone = FindTimeZone(zones[static_cast<std::size_t>(below(6))]).value();
    const absl::TimeZone days_zone =
        FindTimeZone(zones[static_cast<std::size_t>(below(6))]).value();
    const Granularity granularity = below(2) == 0 ? Granularity::kDay : Granularity::kHour;
    const auto edges = BucketEdges(range, {granularity, zone}).value();
    const auto regions = SplitRange(range, edges, DayEdges(range, days_zone));
    absl::Time done = range.start;
    for (const Region& region : regions) {
      ASSERT_EQ(region.range.start, done);
      ASSERT_GT(region.range.end, region.range.start);
      done = region.range.end;
      const absl::Duration row =
          region.tier == Tier::kMinute ? absl::Minutes(1) : absl::Minutes(15);
      std::vector<absl::Time> starts;
      if (region.tier == Tier::kDay) {
        for (const absl::Time day : DayEdges(region.range, days_zone)) starts.push_back(day);
        ASSERT_EQ(starts.front(), region.range.start);
        ASSERT_EQ(starts.back(), region.range.end);
      } else {
        for (absl::Time t = region.range.start; t <= region.range.end; t += row)
          starts.push_back(t);
        ASSERT_EQ(starts.back(), region.range.end);
      }
      for (const absl::Time edge : edges) {
        if (edge <= region.range.start || edge >= region.range.end) continue;
        ASSERT_TRUE(std::binary_search(starts.begin(), starts.end(), edge))
            << "a bucket begins inside a row";
      }
    }
    ASSERT_EQ(done, range.end);
  }
}

}  // namespace
}  // namespace playhead::query
