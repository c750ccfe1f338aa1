// Concurrent viewers and their peaks, from ten seconds, quarter hours and the tail, equal those
// counted from single events.
#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/query/pg_rollup_reader.h"
#include "services/query/report.h"
#include "services/query/report_runner.h"
#include "tests/query/error_info.h"
#include "tests/query/fake_tail.h"
#include "tests/query/random.h"
#include "tests/query/report_oracle.h"
#include "tests/query/test_store.h"

namespace playhead::query {
namespace {

using catalog::Dimension;

constexpr int kPartner = 11;
constexpr int kOther = 12;

absl::Time Now() {
  return absl::FromCivil(absl::CivilSecond(2026, 10, 30, 9, 20, 30), absl::UTCTimeZone());
}

// A few busy times, so that many events meet in the same ten seconds.
TestEvent RandomEvent(Random& random, int days) {
  static const int kMinutes[] = {0, 1, 14, 15, 16, 29};
  static const int kTypes[] = {99, 99, 99, 99, 99, 99, 3, 1};
  TestEvent event;
  event.partner = random.OneIn(3) ? kOther : kPartner;
  const absl::Time busy =
      absl::FromCivil(absl::CivilHour(absl::ToCivilHour(
                          Now() - absl::Hours(24 * (random.Below(days))), absl::UTCTimeZone())),
                      absl::UTCTimeZone());
  event.minute = busy + absl::Minutes(random.Pick(kMinutes));
  event.ten_seconds = 2 * random.Below(2);
  event.event_type = random.Pick(kTypes);
  const auto pick = [&](Dimension d, std::vector<std::string> values) {
    event.dimension(d) = random.Pick(values);
  };
  pick(Dimension::kEntry, {"e1", "e2", "E\"x'"});
  pick(Dimension::kCountry, {"FR", "DE", ""});
  pick(Dimension::kRegion, {"north", ""});
  pick(Dimension::kCity, {"Paris", "Köln"});
  pick(Dimension::kDomain, {"a.example", "b.example"});
  pick(Dimension::kApplication, {"portal", ""});
  pick(Dimension::kTraffic, {"", "", "", "bot"});
  event.session = 1 + random.Below(40);
  event.viewer = -1 - random.Below(30);
  return event;
}

std::vector<TestEvent> RandomEvents(Random& random, int count, int days) {
  std::vector<TestEvent> events;
  for (int i = 0; i < count; ++i) events.push_back(RandomEvent(random, days));
  return events;
}

std::string RandomFilter(Random& random) {
  static const char* const kFilters[] = {
      "entry = \"e1\"",
      "entry IN (\"e1\", \"e2\")",
      "entry != \"e1\"",
      "country = \"FR\" AND entry = \"e2\"",
      "country = \"FR\" OR entry = \"e2\"",
      "country IN (\"FR\", \"DE\") AND city = \"Paris\"",
      "country = \"FR\" AND region = \"\" AND city = \"Paris\"",
      "domain = \"a.example\"",
      "application = \"portal\"",
      "NOT (domain = \"a.example\" AND entry = \"e1\")",
      "traffic = \"bot\"",
      "partner = 11",
  };
  return random.Pick(kFilters);
}

void RandomTime(Random& random, bool by_ten_seconds, v1::RunReportRequest& request) {
  static const char* const kZones[] = {
      "", "UTC", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu"};
  request.set_time_zone(random.Pick(kZones));
  v1::TimeRange& range = *request.mutable_time_range();
  const int days = by_ten_seconds ? 3 : random.OneIn(2) ? 7 : 20;
  const absl::CivilDay first = absl::ToCivilDay(Now(), absl::UTCTimeZone()) - random.Below(days);
  if (random.OneIn(2)) {
    range.set_start_date(absl::FormatCivilTime(first));
    range.set_end_date(absl::FormatCivilTime(first + random.Below(by_ten_seconds ? 3 : days)));
    return;
  }
  static const int kSteps[] = {10, 60, 900, 900};
  const int step = by_ten_seconds ? 10 : std::max(60, random.Pick(kSteps));
  const absl::Time start = absl::FromCivil(first, absl::UTCTimeZone()) + absl::Hours(8) +
                           absl::Seconds(step * random.Below(7200 / step));
  const int span = (by_ten_seconds ? 86'400 : days * 86'400) / step;
  *range.mutable_start_time() = ToProto(start);
  *range.mutable_end_time() = ToProto(start + absl::Seconds(step * (1 + random.Below(span))));
}

v1::RunReportRequest RandomRequest(Random& random) {
  static const std::vector<std::vector<std::string>> kMetrics = {
      {"peak_viewers"},
      {"peak_viewers"},
      {"viewers", "peak_viewers"},
      {"plays", "peak_viewers", "play_ratio"},
      {"unique_sessions", "viewers", "peak_viewers", "views"}};
  static const std::vector<std::vector<std::string>> kOfTenSeconds = {
      {"viewers"}, {"views"}, {"peak_viewers"}, {"views", "peakView", "viewers"}};
  static const std::vector<std::vector<std::string>> kDimensions = {{},
                                                                    {},
                                                                    {"entry"},
                                                                    {"entry"},
                                                                    {"country"},
                                                                    {"domain"},
                                                                    {"application"},
                                                                    {"entry", "country"},
                                                                    {"country", "city"},
                                                                    {"country", "region", "city"},
                                                                    {"entry", "domain"},
                                                                    {"application", "entry"},
                                                                    {"traffic"},
                                                                    {"partner"},
                                                                    {"entry", "country", "device"}};
  static const char* const kTimes[] = {"",    "",    "ten_seconds", "minute", "quarter_hour",
                                       "day", "day", "hour",        "month"};
  v1::RunReportRequest request;
  request.set_partner_id(random.OneIn(4) ? kOther : kPartner);
  const std::string time = random.Pick(kTimes);
  const bool by_ten_seconds = time == "ten_seconds";
  for (const std::string& name : random.Pick(by_ten_seconds ? kOfTenSeconds : kMetrics)) {
    request.add_metrics(name);
  }
  const auto& dimensions = random.Pick(kDimensions);
  for (const std::string& name : dimensions) request.add_dimensions(name);
  if (!time.empty()) request.add_dimensions(time);
  if (random.OneIn(6)) {
    request.set_all_partners(true);
    request.clear_partner_id();
    if (dimensions.empty()) request.add_dimensions("partner");
  }
  if (random.OneIn(2)) request.set_filter_string(RandomFilter(random));
  if (random.OneIn(4)) request.add_traffic(v1::Traffic::HUMAN);
  if (random.OneIn(6)) request.add_traffic(v1::Traffic::BOT);
  RandomTime(random, by_ten_seconds, request);
  request.set_totals(random.OneIn(2));
  request.set_count_rows(true);
  request.set_explain(true);
  request.set_page_size(50'000);
  return request;
}

class AudiencePropertyTest : public ::testing::Test {
 protected:
  // Quarter hours whose ten seconds are gone; young ones with and without peaks; a tail of two
  // writers.
  void Fill(Random& random) {
    std::vector<std::int64_t> old;
    for (int i = 0; i < 4; ++i) old.push_back(Commit(RandomEvents(random, 200, 20)));
    store_.FoldQuarters({old[0], old[1]});
    store_.FoldQuarters({old[2], old[3]});
    store_.Exec("DELETE FROM audience_ten_seconds WHERE bucket < '2026-10-23 00:00+00'");
    const std::int64_t late = Commit(RandomEvents(random, 30, 6));
    store_.FoldQuarters({late});
    for (int i = 0; i < 3; ++i) Commit(RandomEvents(random, 12, 6));
    const absl::Time stored = Now() - absl::Seconds(70);
    for (int partition = 0; partition < 2; ++partition) store_.SetOffset(partition, 100, stored);
    for (int writer = 0; writer < 2; ++writer) {
      tail_.segments.push_back(
          {writer, {PartitionRangeOf(writer, 50, 100, stored)}, RandomEvents(random, 30, 5)});
      tail_.segments.push_back(
          {writer, {PartitionRangeOf(writer, 100, 130, Now())}, RandomEvents(random, 12, 5)});
      const auto& events = tail_.segments.back().events;
      events_.insert(events_.end(), events.begin(), events.end());
    }
  }

  std::int64_t Commit(const std::vector<TestEvent>& events) {
    events_.insert(events_.end(), events.begin(), events.end());
    return store_.Commit(events);
  }

  ReportQuery Parsed(const v1::RunReportRequest& request) {
    return ParseRequest(request, {.now = Now(), .default_zone = "UTC", .allow_all_partners = true})
        .value();
  }

  void ExpectWhatEventsSay(const v1::RunReportRequest& request,
                           const v1::RunReportResponse& response) {
    const ReportQuery query = Parsed(request);
    const OracleRows expected = RowsOf(events_, query);
    ASSERT_EQ(RowsOf(response, query.dimensions.size()), expected)
        << request.ShortDebugString() << response.metadata().plan().ShortDebugString();
    ASSERT_EQ(response.row_count(), static_cast<std::int64_t>(expected.size()))
        << request.ShortDebugString();
    if (!request.totals()) return;
    std::vector<std::string> totals;
    for (const v1::Value& value : response.totals().values()) totals.push_back(ShowValue(value));
    ASSERT_EQ(totals, TotalsOf(events_, query)) << request.ShortDebugString();
  }

  TestStore store_;
  FakeTail tail_;
  std::vector<TestEvent> events_;
  std::unique_ptr<RollupReader> reader_ =
      MakePgRollupReader({.dsn = store_.dsn(), .dsn_all = store_.dsn_all(), .pool_size = 2});
  ReportRunner runner_{
      *reader_, tail_,
      ReportRunnerOptions{
          .allow_all_partners = true, .retention = {}, .token_key = "sixteen or more."},
      [] { return Now(); }};
};

TEST_F(AudiencePropertyTest, EveryPeakEqualsTheGreatestSumOverEvents) {
  Random random(20261030);
  Fill(random);
  std::map<std::string, int> seen;
  for (int i = 0; i < 500; ++i) {
    const v1::RunReportRequest request = RandomRequest(random);
    const auto response = runner_.Run(request, absl::Now() + absl::Seconds(30));
    if (!response.ok()) {
      const std::string reason = InfoOf(response.status()).reason();
      EXPECT_TRUE(reason == "GRAIN_NOT_RETAINED" || reason == "INCOMPATIBLE_FIELDS")
          << request.ShortDebugString() << response.status();
      ++seen[reason];
      continue;
    }
    ExpectWhatEventsSay(request, *response);
    if (HasFatalFailure()) return;
    const v1::ReportPlan& plan = response->metadata().plan();
    for (const auto& region : plan.audience_regions()) {
      const bool is_gone = region.start_time().seconds() < absl::ToUnixSeconds(Now()) - 7 * 86'400;
      ++seen[region.grain() + (is_gone ? ", old" : "")];
    }
    ++seen[plan.regions_size() == 0 ? "audience alone" : "audience and rollup"];
  }
  for (const char* kind :
       {"GRAIN_NOT_RETAINED", "INCOMPATIBLE_FIELDS", "ten_seconds", "quarter_hour",
        "quarter_hour, old", "audience alone", "audience and rollup"}) {
    EXPECT_GT(seen[kind], 20) << ::testing::PrintToString(seen);
  }
}

TEST_F(AudiencePropertyTest, PagesOfViewersHoldEveryRowOnce) {
  Random random(7);
  Fill(random);
  absl::Time now = Now();
  ReportRunner runner(
      *reader_, tail_,
      ReportRunnerOptions{
          .allow_all_partners = false, .retention = {}, .token_key = "sixteen or more."},
      [&] { return now += absl::Seconds(7); });
  v1::RunReportRequest request;
  request.set_partner_id(kPartner);
  for (const char* name : {"viewers", "peak_viewers"}) request.add_metrics(name);
  for (const char* name : {"entry", "country", "city"}) request.add_dimensions(name);
  request.mutable_time_range()->set_relative("3d");
  const auto whole = runner.Run(request, absl::Now() + absl::Seconds(30));
  ASSERT_TRUE(whole.ok()) << whole.status();
  for (const char* order : {"viewers desc", "peak_viewers", "viewers, city"}) {
    request.set_order_by(order);
    request.set_page_size(2);
    request.clear_page_token();
    std::set<std::string> keys;
    int rows = 0;
    do {
      const auto page = runner.Run(request, absl::Now() + absl::Seconds(30));
      ASSERT_TRUE(page.ok()) << page.status();
      for (const v1::Row& row : page->rows()) {
        keys.insert(absl::StrCat(row.values(0).string_value(), "|", row.values(1).string_value(),
                                 "|", row.values(2).string_value()));
        ++rows;
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(rows, whole->rows_size()) << order;
    EXPECT_EQ(keys.size(), static_cast<std::size_t>(rows)) << order;
  }
  EXPECT_GT(whole->rows_size(), 5);
}

}  // namespace
}  // namespace playhead::query
