// Reports from rows of every tier and the tail equal sums over single events.
#include <algorithm>

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

TestEvent RandomEvent(Random& random, absl::Duration age) {
  static const int kTypes[] = {1, 2, 3, 3, 4, 11, 14, 21, 22, 33, 98, 98, 99, 99, 99, 10003, 777};
  TestEvent event;
  event.partner = random.OneIn(3) ? kOther : kPartner;
  const std::int64_t minute = absl::ToUnixSeconds(Now() - age) / 60 * 60 + 60 * random.Below(3);
  event.minute = absl::FromUnixSeconds(minute);
  event.ten_seconds = random.Below(6);
  event.event_type = random.Pick(kTypes);
  const auto pick = [&](Dimension d, std::vector<std::string> values) {
    event.dimension(d) = random.Pick(values);
  };
  pick(Dimension::kEntry, {"e1", "e2", "e3", "E\"x'"});
  pick(Dimension::kCountry, {"FR", "DE", ""});
  pick(Dimension::kCity, {"Paris", "Köln", ""});
  pick(Dimension::kDevice, {"tv", "mobile"});
  pick(Dimension::kOperatingSystemFamily, {"Linux", "iOS"});
  pick(Dimension::kOperatingSystem, {"Linux", "iOS 17", "iOS 18"});
  pick(Dimension::kBrowserFamily, {"Firefox", "Safari"});
  pick(Dimension::kBrowser, {"Firefox 1", "Safari 2"});
  pick(Dimension::kApplication, {"portal", ""});
  pick(Dimension::kPlaybackContext, {"4501", "news", ""});
  pick(Dimension::kCustomVar1, {"a", "b", ""});
  pick(Dimension::kCustomVar2, {"c", ""});
  pick(Dimension::kCustomVar3, {"d", ""});
  pick(Dimension::kPlaybackType, {"vod", "live"});
  pick(Dimension::kDomain, {"a.example", "b.example"});
  pick(Dimension::kPage, {"a.example/x", "b.example/y", ""});
  pick(Dimension::kUser, {"ann", "bob", ""});
  pick(Dimension::kTraffic, {"", "", "", "bot"});
  if (event.event_type == 98 || event.event_type == 777) {
    pick(Dimension::kErrorCode, {"1002", "7", ""});
  }
  if (event.event_type == 99) {
    event.play_time_ms = random.Below(10'000);
    event.bitrate_bps = random.Below(3) * 1'000'000;
  }
  event.session = 1 + random.Below(40);
  event.viewer = -1 - random.Below(30);
  event.known_user = random.Below(4);
  return event;
}

std::vector<TestEvent> RandomEvents(Random& random, int count, int days) {
  std::vector<TestEvent> events;
  for (int i = 0; i < count; ++i) {
    const int span = random.OneIn(2) ? days : std::min(days, 6);
    events.push_back(RandomEvent(random, absl::Minutes(random.Below(span * 24 * 60))));
  }
  return events;
}

Filter RandomFilter(Random& random, int depth) {
  Filter filter;
  if (depth > 0 && !random.OneIn(2)) {
    filter.op = static_cast<Filter::Op>(random.Below(3));
    const int children = filter.op == Filter::Op::kNot ? 1 : 2;
    for (int i = 0; i < children; ++i) filter.children.push_back(RandomFilter(random, depth - 1));
    return filter;
  }
  static const std::pair<const char*, std::vector<std::string>> kFields[] = {
      {"entry", {"e1", "e2", "E\"x'"}},
      {"country", {"FR", ""}},
      {"city", {"Köln"}},
      {"device", {"tv"}},
      {"browser_family", {"Safari"}},
      {"playback_type", {"live"}},
      {"custom_var_1", {"a", ""}},
      {"domain", {"a.example"}},
      {"page", {"a.example/x", ""}},
      {"user", {"ann"}},
      {"entry", {"e3"}}};
  const auto& [name, values] = random.Pick(kFields);
  filter.field = *FindField(name);
  filter.values = values;
  return filter;
}

void RandomTime(Random& random, v1::RunReportRequest& request) {
  static const char* const kZones[] = {"",
                                       "",
                                       "Europe/Paris",
                                       "Australia/Lord_Howe",
                                       "Asia/Kolkata",
                                       "Asia/Kathmandu",
                                       "Antarctica/Casey",
                                       "UTC"};
  request.set_time_zone(random.Pick(kZones));
  v1::TimeRange& range = *request.mutable_time_range();
  const int days = random.OneIn(2) ? 7 : 30;
  const absl::CivilDay first = absl::ToCivilDay(Now(), absl::UTCTimeZone()) - random.Below(days);
  if (random.OneIn(2)) {
    range.set_start_date(absl::FormatCivilTime(first));
    range.set_end_date(absl::FormatCivilTime(first + random.Below(days)));
    return;
  }
  const int step = random.OneIn(2) ? 15 : 1;
  const absl::Time start =
      absl::FromCivil(first, absl::UTCTimeZone()) + absl::Minutes(step * random.Below(1440 / step));
  *range.mutable_start_time() = ToProto(start);
  *range.mutable_end_time() =
      ToProto(start + absl::Minutes(step * (1 + random.Below(days * 1440 / step))));
}

v1::RunReportRequest RandomRequest(Random& random) {
  static const std::vector<std::string> kMetrics = {"events",
                                                    "plays",
                                                    "views",
                                                    "viewers",
                                                    "impressions",
                                                    "errors",
                                                    "shares",
                                                    "play_time",
                                                    "play_ratio",
                                                    "unique_viewers",
                                                    "unique_sessions",
                                                    "share_clicks",
                                                    "bitrate",
                                                    "completion_rate",
                                                    "minutes_watched",
                                                    "unique_known_users",
                                                    "average_view_duration"};
  static const std::vector<std::string> kCounts = {"events", "plays", "errors", "shares",
                                                   "play_ratio"};
  static const std::vector<std::vector<std::string>> kDimensions = {
      {},
      {"entry"},
      {"country", "city"},
      {"device", "browser"},
      {"domain"},
      {"page"},
      {"entry", "page"},
      {"country", "device"},
      {"user"},
      {"browser_family"},
      {"operating_system", "browser"},
      {"country", "browser_family"},
      {"application"},
      {"playback_context"},
      {"playback_type"},
      {"custom_var_1"},
      {"custom_var_2", "custom_var_3"},
      {"entry", "country"},
      {"entry", "operating_system"},
      {"entry", "browser_family"},
      {"entry", "custom_var_1"},
      {"event_type"},
      {"error_code"},
      {"partner"},
      {"entry", "event_type"},
      {"error_code", "event_type"}};
  static const char* const kTimes[] = {"",    "",    "minute", "quarter_hour", "hour",
                                       "day", "day", "week",   "month",        "year"};
  v1::RunReportRequest request;
  request.set_partner_id(random.OneIn(4) ? kOther : kPartner);
  const auto& dimensions = random.Pick(kDimensions);
  const bool by_event = std::any_of(dimensions.begin(), dimensions.end(), [](const auto& name) {
    return name == "event_type" || name == "error_code";
  });
  std::vector<std::string> metrics = by_event ? kCounts : kMetrics;
  for (int i = 1 + random.Below(4); i > 0; --i) {
    std::string& metric = random.Pick(metrics);
    if (!metric.empty()) request.add_metrics(std::exchange(metric, ""));
  }
  if (request.metrics_size() == 0) request.add_metrics("plays");
  for (const std::string& name : dimensions) request.add_dimensions(name);
  const std::string time = random.Pick(kTimes);
  if (!time.empty()) request.add_dimensions(time);
  if (random.OneIn(2)) request.set_filter_string(FilterText(RandomFilter(random, 2)));
  if (random.OneIn(8)) request.add_traffic(v1::Traffic::BOT);
  RandomTime(random, request);
  request.set_totals(true);
  request.set_count_rows(true);
  request.set_page_size(50'000);
  return request;
}

class ReportPropertyTest : public ::testing::Test {
 protected:
  // Rows in every tier, with every mark; a zone that changed; a tail of two writers.
  void Fill(Random& random) {
    std::vector<std::int64_t> epochs;
    for (int i = 0; i < 12; ++i) epochs.push_back(Commit(RandomEvents(random, 60, 28)));
    const auto some = [&](int from, int to) {
      return std::vector<std::int64_t>(epochs.begin() + from, epochs.begin() + to);
    };
    const std::int64_t quarters = store_.FoldQuarters(some(0, 3));
    const std::int64_t more = store_.FoldQuarters(some(3, 5));
    const std::int64_t days = store_.FoldDays(
        {quarters, more}, {{kPartner, "Europe/Paris"}, {kOther, "Antarctica/Casey"}});
    store_.SetZone(kPartner, "Australia/Lord_Howe", days);
    store_.SetZone(kOther, "Antarctica/Casey", 0);
    const std::int64_t late = store_.FoldQuarters(some(5, 8));
    store_.FoldDays({late}, {{kPartner, "Australia/Lord_Howe"}, {kOther, "Antarctica/Casey"}});
    store_.FoldQuarters(some(8, 10));
    const absl::Time stored = Now() - absl::Seconds(70);
    for (int partition = 0; partition < 4; ++partition) store_.SetOffset(partition, 100, stored);
    for (int writer = 0; writer < 2; ++writer) {
      const int p = 2 * writer;
      const absl::Time through = Now() - absl::Seconds(1 + writer);
      // Committed since it was frozen: stored already.
      tail_.segments.push_back(
          {writer,
           {PartitionRangeOf(p, 50, 100, stored), PartitionRangeOf(p + 1, 60, 100, stored)},
           RandomEvents(random, 30, 5)});
      tail_.segments.push_back({writer,
                                {PartitionRangeOf(p, 100, 130, stored + absl::Seconds(30))},
                                RandomEvents(random, 30, 5)});
      events_.insert(events_.end(), tail_.segments.back().events.begin(),
                     tail_.segments.back().events.end());
      tail_.segments.push_back(
          {writer,
           {PartitionRangeOf(p, 130, 131, through), PartitionRangeOf(p + 1, 100, 120, through)},
           RandomEvents(random, 30, 5)});
      events_.insert(events_.end(), tail_.segments.back().events.begin(),
                     tail_.segments.back().events.end());
    }
  }

  std::int64_t Commit(const std::vector<TestEvent>& events) {
    events_.insert(events_.end(), events.begin(), events.end());
    return store_.Commit(events);
  }

  // What the request means, as the service reads it.
  ReportQuery Parsed(const v1::RunReportRequest& request) {
    const QueryContext context{.now = Now(),
                               .default_zone = request.partner_id() == kPartner
                                                   ? "Australia/Lord_Howe"
                                                   : "Antarctica/Casey",
                               .allow_all_partners = false};
    return ParseRequest(request, context).value();
  }

  TestStore store_;
  FakeTail tail_;
  std::vector<TestEvent> events_;
  std::unique_ptr<RollupReader> reader_ =
      MakePgRollupReader({.dsn = store_.dsn(), .dsn_all = store_.dsn_all(), .pool_size = 2});
  ReportRunner runner_{
      *reader_, tail_,
      ReportRunnerOptions{
          .allow_all_partners = false, .retention = {}, .token_key = "sixteen or more."},
      [] { return Now(); }};
};

TEST_F(ReportPropertyTest, EveryReportEqualsASumOverEvents) {
  Random random(20261030);
  Fill(random);
  int answered = 0;
  std::map<std::string, int> rollups;
  for (int i = 0; i < 800; ++i) {
    const v1::RunReportRequest request = RandomRequest(random);
    const auto response = runner_.Run(request, absl::Now() + absl::Seconds(30));
    if (!response.ok()) {
      const std::string reason = InfoOf(response.status()).reason();
      EXPECT_TRUE(reason == "GRAIN_NOT_RETAINED" || reason == "INCOMPATIBLE_FIELDS")
          << request.ShortDebugString() << response.status();
      continue;
    }
    ++answered;
    ++rollups[response->metadata().rollup()];
    const ReportQuery query = Parsed(request);
    const OracleRows expected = RowsOf(events_, query);
    ASSERT_EQ(RowsOf(*response, query.dimensions.size()), expected) << request.ShortDebugString();
    std::vector<std::string> totals;
    for (const v1::Value& value : response->totals().values()) totals.push_back(ShowValue(value));
    ASSERT_EQ(totals, TotalsOf(events_, query)) << request.ShortDebugString();
    ASSERT_EQ(response->row_count(), static_cast<std::int64_t>(expected.size()))
        << request.ShortDebugString();
    ASSERT_EQ(response->metadata().data_through().seconds(), absl::ToUnixSeconds(Now()) - 2);
  }
  EXPECT_GT(answered, 400);
  // Every one, and facts.
  EXPECT_EQ(rollups.size(), catalog::Rollups().size() + 1) << ::testing::PrintToString(rollups);
}

TEST_F(ReportPropertyTest, PagesHoldEveryRowOnceInOrder) {
  Random random(7);
  Fill(random);
  int pages = 0;
  for (const char* order : {"", "plays desc", "play_ratio, entry", "play_ratio desc", "city desc",
                            "play_time desc, city", "entry, play_ratio desc, city"}) {
    v1::RunReportRequest request;
    request.set_partner_id(kPartner);
    for (const char* name : {"plays", "play_ratio", "play_time"}) request.add_metrics(name);
    for (const char* name : {"entry", "city"}) request.add_dimensions(name);
    request.mutable_time_range()->set_relative("5d");
    request.set_order_by(order);
    const auto whole = runner_.Run(request, absl::Now() + absl::Seconds(30));
    ASSERT_TRUE(whole.ok()) << whole.status();
    std::vector<std::string> rows;
    for (int size = 1; request.page_token() != "end"; size = size % 4 + 1) {
      request.set_page_size(size);
      const auto page = runner_.Run(request, absl::Now() + absl::Seconds(30));
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->rows_size(), size);
      for (const v1::Row& row : page->rows()) rows.push_back(row.ShortDebugString());
      request.set_page_token(page->next_page_token().empty() ? "end" : page->next_page_token());
      ++pages;
    }
    std::vector<std::string> expected;
    for (const v1::Row& row : whole->rows()) expected.push_back(row.ShortDebugString());
    EXPECT_EQ(rows, expected) << order;
    EXPECT_GT(rows.size(), 5U);
  }
  EXPECT_GT(pages, 20);
}

}  // namespace
}  // namespace playhead::query
