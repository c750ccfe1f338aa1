#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/query/services_fixture.h"

namespace playhead::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(QueryServicesTest, AnswersAReport) {
  store_.Commit({Play("a", 5), Play("b", 6), Play("b", 7), Play("x", 5, 8)});
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(kPlaysByEntry, response).ok());
  ASSERT_EQ(response.rows_size(), 2);
  EXPECT_EQ(response.rows(0).values(0).string_value(), "b");
  EXPECT_EQ(response.rows(0).values(1).int_value(), 2);
  EXPECT_EQ(response.columns(1).name(), "plays");
  EXPECT_EQ(response.metadata().rollup(), "entry");
  EXPECT_FALSE(response.metadata().has_data_through());
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_F(QueryServicesTest, IsOneRowWithoutDimensionsAndNoneWithoutEvents) {
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(R"({"partner_id":7,"metrics":["plays","play_ratio","unique_viewers"],
                      "time_range":{"relative":"7d"}})",
                  response)
                  .ok());
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_EQ(response.rows(0).values(0).int_value(), 0);
  EXPECT_EQ(response.rows(0).values(1).null_reason(), v1::Value::DIVISION_BY_ZERO);
  EXPECT_EQ(response.rows(0).values(2).int_value(), 0);
  EXPECT_TRUE(response.columns(2).approximate());
  EXPECT_NEAR(response.columns(2).relative_error_bound(), 0.0689, 0.0001);
  ASSERT_TRUE(Run(kPlaysByEntry, response).ok());
  EXPECT_EQ(response.rows_size(), 0);
}

TEST_F(QueryServicesTest, CountsEveryTrafficUnlessAskedForSome) {
  TestEvent bot = Play("a", 4);
  bot.dimension(catalog::Dimension::kTraffic) = "bot";
  store_.Commit({Play("a", 5), Play("a", 6), bot});
  const std::string base = R"({"partner_id":7,"metrics":["plays"],"time_range":{"relative":"7d"})";
  const std::pair<std::string, int> cases[] = {{"}", 3},
                                               {R"(,"traffic":["HUMAN"]})", 2},
                                               {R"(,"traffic":["BOT"]})", 1},
                                               {R"(,"traffic":["HUMAN","BOT"]})", 3},
                                               {R"(,"traffic":["INTERNAL"]})", 0},
                                               {R"(,"filter_string":"entry = \"a\""})", 3}};
  for (const auto& [rest, plays] : cases) {
    v1::RunReportResponse response;
    ASSERT_TRUE(Run(base + rest, response).ok()) << rest;
    EXPECT_EQ(response.rows(0).values(0).int_value(), plays) << rest;
  }
}

TEST_F(QueryServicesTest, HasRowsOnlyWhereSomethingThatWasAskedIsCounted) {
  TestEvent impression = Play("seen", 5);
  impression.event_type = 1;
  TestEvent error = Play("broken", 5);
  error.event_type = 98;
  store_.Commit({Play("a", 5), impression, error});
  v1::RunReportResponse response;
  const auto entries = [&](const std::string& metrics) {
    const std::string request = absl::StrCat(
        R"({"partner_id":7,"dimensions":["entry"],"time_range":{"relative":"7d"},"count_rows":true,)",
        R"("totals":true,"order_by":"entry","metrics":[)", metrics, "]}");
    EXPECT_TRUE(Run(request, response).ok());
    EXPECT_EQ(response.row_count(), response.rows_size());
    std::vector<std::string> names;
    for (const v1::Row& row : response.rows()) names.push_back(row.values(0).string_value());
    return names;
  };
  EXPECT_THAT(entries(R"("plays")"), ElementsAre("a"));
  EXPECT_THAT(entries(R"("plays","errors")"), ElementsAre("a", "broken"));
  EXPECT_THAT(entries(R"("unique_viewers")"), ElementsAre("a"));
  EXPECT_THAT(entries(R"("shares")"), IsEmpty());
  EXPECT_EQ(response.totals().values(0).int_value(), 0);
  // A ratio of 0 is a figure, and so is one that has no denominator but something above it.
  EXPECT_THAT(entries(R"("play_ratio")"), ElementsAre("a", "seen"));
  EXPECT_THAT(entries(R"("average_view_drop_off")"), ElementsAre("a"));
  EXPECT_THAT(entries(R"("events")"), ElementsAre("a", "broken", "seen"));
}

TEST_F(QueryServicesTest, AsksAgainWhenTheTailDoesNotJoinAndThenLeavesItOut) {
  store_.SetOffset(0, 100, Now() - absl::Seconds(60));
  const TestSegment torn{0, {PartitionRangeOf(0, 90, 110, Now())}, {Play("a", 1)}};
  const TestSegment good{0, {PartitionRangeOf(0, 100, 110, Now())}, {Play("a", 1)}};
  tail_.queue = {{torn}, {torn}, {good}};
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_EQ(tail_.reads, 3);
  EXPECT_EQ(response.rows(0).values(0).int_value(), 1);
  EXPECT_EQ(response.metadata().data_through().seconds(), absl::ToUnixSeconds(Now()));
  EXPECT_THAT(Warnings(response), IsEmpty());
  tail_.queue = {{torn}, {torn}, {torn}, {good}};
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_EQ(tail_.reads, 6);
  EXPECT_EQ(response.rows(0).values(0).int_value(), 0);
  EXPECT_EQ(response.metadata().data_through().seconds(), absl::ToUnixSeconds(Now()) - 60);
  EXPECT_THAT(Warnings(response), ElementsAre(v1::Warning::TAIL_OMITTED));
}

TEST_F(QueryServicesTest, CountsAnEpochOnceThatIsCommittedBetweenTailAndSnapshot) {
  store_.SetOffset(0, 100, Now() - absl::Seconds(60));
  tail_.segments = {{0, {PartitionRangeOf(0, 100, 110, Now())}, {Play("a", 1)}}};
  tail_.on_read = [this] {
    store_.Commit({Play("a", 1)});
    store_.SetOffset(0, 110, Now());
    tail_.on_read = nullptr;
  };
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_EQ(response.rows(0).values(0).int_value(), 1);
  EXPECT_EQ(response.metadata().data_through().seconds(), absl::ToUnixSeconds(Now()));
  EXPECT_THAT(Warnings(response), IsEmpty());
}

TEST_F(QueryServicesTest, SaysSoWhenDataThroughGoesBack) {
  store_.SetOffset(0, 100, Now() - absl::Seconds(60));
  tail_.segments = {{0, {PartitionRangeOf(0, 100, 110, Now())}, {}}};
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_THAT(Warnings(response), IsEmpty());
  tail_.segments = {{0, {PartitionRangeOf(0, 100, 105, Now() - absl::Seconds(5))}, {}}};
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_THAT(Warnings(response), ElementsAre(v1::Warning::TAIL_OMITTED));
  tail_.status = absl::UnavailableError("rebuilding");
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_THAT(Warnings(response), ElementsAre(v1::Warning::TAIL_OMITTED));
  EXPECT_EQ(response.metadata().data_through().seconds(), absl::ToUnixSeconds(Now()) - 60);
}

TEST_F(QueryServicesTest, PagesAndSaysWhenTheSnapshotMoved) {
  store_.SetOffset(0, 100, Now());
  store_.Commit({Play("a", 5), Play("b", 6), Play("c", 7)});
  auto request = FromJson<v1::RunReportRequest>(kPlaysByEntry);
  request.set_page_size(2);
  request.set_order_by("entry");
  grpc::ClientContext first;
  v1::RunReportResponse page;
  ASSERT_TRUE(reporting_->RunReport(&first, request, &page).ok());
  ASSERT_EQ(page.rows_size(), 2);
  request.set_page_token(page.next_page_token());
  store_.Commit({Play("0", 5)});
  store_.SetOffset(0, 101, Now());
  grpc::ClientContext second;
  ASSERT_TRUE(reporting_->RunReport(&second, request, &page).ok());
  ASSERT_EQ(page.rows_size(), 1);
  EXPECT_EQ(page.rows(0).values(0).string_value(), "c");
  EXPECT_THAT(Warnings(page), ElementsAre(v1::Warning::SNAPSHOT_MOVED));
  request.set_filter_string("entry = \"a\"");
  request.set_order_by("");
  grpc::ClientContext third;
  const auto info = OnlyInfoOf(reporting_->RunReport(&third, request, &page));
  EXPECT_EQ(info.reason(), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(info.metadata().at("changedFields"), "filter_string,order_by");
}

TEST_F(QueryServicesTest, SaysWhenTheDatabaseIsAway) {
  const auto away = Reader("host=127.0.0.1 port=1 dbname=nothing");
  ReportRunner runner(*away, tail_, ReportRunnerOptions{false, {}, "sixteen or more."},
                      [] { return Now(); });
  const auto status =
      runner.Run(FromJson<v1::RunReportRequest>(kPlays), absl::Now() + absl::Seconds(20)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
}

TEST_F(QueryServicesTest, EndsByItsDeadline) {
  const auto status =
      runner_.Run(FromJson<v1::RunReportRequest>(kPlays), absl::Now() - absl::Seconds(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(QueryServicesTest, RefusesMoreReportsAtOnceThanItsLimit) {
  const auto pass = admission_.Enter();
  ASSERT_TRUE(pass.ok());
  EXPECT_EQ(ErrorOf(kPlays, grpc::StatusCode::RESOURCE_EXHAUSTED).reason(), "TOO_MANY_CONCURRENT");
}

TEST_F(QueryServicesTest, ChecksAReportWithItsPlan) {
  grpc::ClientContext context;
  v1::CheckReportRequest request;
  *request.mutable_report() = FromJson<v1::RunReportRequest>(kPlaysByEntry);
  v1::CheckReportResponse response;
  ASSERT_TRUE(reporting_->CheckReport(&context, request, &response).ok());
  EXPECT_TRUE(response.valid());
  EXPECT_EQ(response.plan().rollup(), "entry");
  EXPECT_EQ(response.plan().regions(0).grain(), "day");
  EXPECT_EQ(response.columns_size(), 2);
  EXPECT_EQ(response.metadata().time_zone(), "UTC");
}

TEST_F(QueryServicesTest, RunsABatchWithOneResultEach) {
  grpc::ClientContext context;
  v1::BatchRunReportsRequest request;
  *request.add_requests() = FromJson<v1::RunReportRequest>(kPlays);
  request.add_requests();
  v1::BatchRunReportsResponse response;
  ASSERT_TRUE(reporting_->BatchRunReports(&context, request, &response).ok());
  EXPECT_EQ(response.results(0).report().rows_size(), 1);
  EXPECT_EQ(response.results(1).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(QueryServicesTest, UsesThePartnersZoneUnlessAsked) {
  store_.SetZone(7, "Europe/Paris", 0);
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_EQ(response.metadata().time_zone(), "Europe/Paris");
  ASSERT_TRUE(
      Run(R"({"partner_id":8,"metrics":["plays"],"time_range":{"relative":"1d"}})", response).ok());
  EXPECT_EQ(response.metadata().time_zone(), "UTC");
}

TEST_F(QueryServicesTest, ListsWhatCanBeAsked) {
  grpc::ClientContext dimensions_context;
  v1::ListDimensionsResponse dimensions;
  ASSERT_TRUE(metadata_->ListDimensions(&dimensions_context, {}, &dimensions).ok());
  std::vector<std::string> names;
  for (const auto& dimension : dimensions.dimensions()) names.push_back(dimension.name());
  for (const char* name : {"partner", "country", "event_type", "error_code", "week"}) {
    EXPECT_THAT(names, Contains(name));
  }
  grpc::ClientContext metrics_context;
  v1::ListMetricsResponse metrics;
  ASSERT_TRUE(metadata_->ListMetrics(&metrics_context, {}, &metrics).ok());
  EXPECT_EQ(metrics.metrics_size(), static_cast<int>(catalog::Metrics().size()));
  for (const auto& metric : metrics.metrics()) EXPECT_NE(metric.formula(), "") << metric.name();
  grpc::ClientContext rollups_context;
  v1::ListRollupsResponse rollups;
  ASSERT_TRUE(metadata_->ListRollups(&rollups_context, {}, &rollups).ok());
  EXPECT_EQ(rollups.rollups_size(),
            static_cast<int>(catalog::Rollups().size() + 1 + catalog::Audiences().size()));
  EXPECT_THAT(rollups.rollups(1).grains(), ElementsAre("minute", "quarter_hour", "day"));
  const auto& audience = rollups.rollups(static_cast<int>(catalog::Rollups().size()) + 2);
  EXPECT_EQ(audience.name(), "audience_entry");
  EXPECT_THAT(audience.dimensions(), ElementsAre("entry", "traffic"));
  EXPECT_THAT(audience.grains(), ElementsAre("ten_seconds", "quarter_hour"));
  for (const auto& metric : metrics.metrics()) {
    if (metric.name() != "peak_viewers") continue;
    EXPECT_THAT(metric.aliases(), ElementsAre("peakView", "peakViewers"));
    EXPECT_EQ(metric.rollups(1), "audience_entry");
    EXPECT_FALSE(metric.additive());
  }
}

// Two videos: together they were watched most when neither was.
TEST_F(QueryServicesTest, APeakIsTheGreatestSumAndNotASumOfPeaks) {
  std::vector<TestEvent> events;
  const auto watch = [&](const std::string& entry, int ten_seconds, int viewers) {
    TestEvent view = Play(entry, 20);
    view.event_type = 99;
    view.ten_seconds = ten_seconds;
    events.insert(events.end(), static_cast<std::size_t>(viewers), view);
  };
  watch("a", 0, 5);
  watch("b", 1, 6);
  for (const char* entry : {"a", "b"}) watch(entry, 2, 4);
  store_.FoldQuarters({store_.Commit(events)});
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(R"({"partner_id":7,"metrics":["peak_viewers","views"],"dimensions":["entry"],)"
                  R"("time_range":{"relative":"1d"},"totals":true,"explain":true})",
                  response)
                  .ok());
  ASSERT_EQ(response.rows_size(), 2);
  EXPECT_EQ(response.rows(0).values(0).string_value(), "b");
  EXPECT_EQ(response.rows(0).values(1).int_value(), 6);
  EXPECT_EQ(response.rows(1).values(1).int_value(), 5);
  EXPECT_EQ(response.totals().values(0).int_value(), 8);
  EXPECT_EQ(response.totals().values(1).int_value(), 19);
  EXPECT_FALSE(response.columns(1).additive());
  EXPECT_EQ(response.metadata().rollup(), "entry");
  const auto& plan = response.metadata().plan();
  EXPECT_EQ(plan.audience(), "audience_entry");
  ASSERT_EQ(plan.audience_regions_size(), 1);
  EXPECT_EQ(plan.audience_regions(0).grain(), "quarter_hour");

  ASSERT_TRUE(Run(R"({"partner_id":7,"metrics":["viewers"],"dimensions":["tenSeconds"],)"
                  R"("time_range":{"relative":"1h"}})",
                  response)
                  .ok());
  EXPECT_EQ(response.metadata().rollup(), "audience_partner");
  ASSERT_EQ(response.rows_size(), 3);
  EXPECT_EQ(response.rows(1).values(0).time_value(), "2026-11-22T10:00:10+00:00");
  EXPECT_EQ(response.rows(1).values(1).double_value(), 6);
}

TEST_F(QueryServicesTest, WhatALaterReleaseAddsServesRangesThatBeginLater) {
  store_.Commit({Play("a", 5)});
  v1::RunReportResponse response;
  const std::string last_hour = R"("dimensions":["entry"],"time_range":{"relative":"1h"}})";
  const std::string plays = R"({"partner_id":7,"metrics":["plays"],)" + last_hour;
  const std::string peaks = R"({"partner_id":7,"metrics":["peak_viewers"],)" + last_hour;
  // The hour begins at 09:21.
  const auto set_complete_after = [&](int minute) {
    for (const char* name : {"entry", "audience"}) {
      store_.SetCompleteAfter(
          name, absl::FromCivil(absl::CivilMinute(2026, 11, 22, 9, minute), absl::UTCTimeZone()));
    }
  };
  set_complete_after(20);
  ASSERT_TRUE(Run(plays, response).ok());
  EXPECT_EQ(response.metadata().rollup(), "entry");
  EXPECT_TRUE(Run(peaks, response).ok());
  set_complete_after(21);
  ASSERT_TRUE(Run(plays, response).ok());
  EXPECT_NE(response.metadata().rollup(), "entry");
  EXPECT_EQ(response.rows_size(), 1);
  const auto refused = ErrorOf(peaks, grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(refused.reason(), "GRAIN_NOT_RETAINED");
  EXPECT_EQ(refused.metadata().at("from"), "2026-11-22T09:30:00+00:00");
}

TEST_F(QueryServicesTest, ABucketThatIsNotOverIsNotDiluted) {
  std::vector<TestEvent> events(6, Play("a", 0));
  for (TestEvent& event : events) event.event_type = 99;
  store_.Commit(events);
  v1::RunReportResponse response;
  // Half a minute of it has passed.
  ASSERT_TRUE(Run(R"({"partner_id":7,"metrics":["viewers"],"dimensions":["minute"],)"
                  R"("time_range":{"relative":"10m"}})",
                  response)
                  .ok());
  ASSERT_EQ(response.rows_size(), 1);
  EXPECT_EQ(response.rows(0).values(1).double_value(), 2);
}

TEST_F(QueryServicesTest, ShowsTheStatusOfTheData) {
  store_.SetOffset(0, 100, Now() - absl::Seconds(60));
  store_.Commit({Play("a", 5)});
  store_.Exec("SELECT ensure_partition('ledger', '2026-11-22 10:00+00')");
  for (const char* row : {"'accepted', '', 5", "'duplicate', '', 2", "'rejected', 'too_late', 3",
                          "'implausible_play_time_ms', '', 900"}) {
    store_.Exec(absl::StrCat("INSERT INTO ledger VALUES (1, '2026-11-22 10:00+00', 'beacon', 7, ",
                             row, ")"));
  }
  store_.Exec(
      "INSERT INTO ledger VALUES (1, '2026-11-22 10:00+00', 'beacon', 8, 'accepted', '', 9)");
  tail_.segments = {{0, {PartitionRangeOf(0, 100, 110, Now())}, {}}};
  auto& live = *tail_.aggregator.add_partitions();
  live.set_log_next(112);
  live.set_folded_next(110);
  live.set_state(v1::PARTITION_STATE_RUNNING);
  v1::GetDataStatusRequest request;
  request.set_partner_id(7);
  grpc::ClientContext context;
  v1::GetDataStatusResponse response;
  ASSERT_TRUE(metadata_->GetDataStatus(&context, request, &response).ok());
  EXPECT_EQ(response.data_through().seconds(), absl::ToUnixSeconds(Now()));
  EXPECT_EQ(response.stored_through().seconds(), absl::ToUnixSeconds(Now()) - 60);
  ASSERT_EQ(response.partitions_size(), 1);
  EXPECT_EQ(response.partitions(0).lag_batches(), 2);
  EXPECT_EQ(response.partitions(0).state(), "RUNNING");
  EXPECT_EQ(response.ledger_size(), 1);
  EXPECT_EQ(response.ledger_total().received(), 10);
  EXPECT_EQ(response.ledger_total().accepted(), 5);
  EXPECT_EQ(response.ledger_total().rejected().at("too_late"), 3);
  EXPECT_EQ(response.ledger_total().implausible_play_time_ms(), 900);
  EXPECT_EQ(response.tiers(0).unfolded_epoch_count(), 1);
  grpc::ClientContext forbidden;
  EXPECT_EQ(metadata_->GetDataStatus(&forbidden, {}, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(QueryServicesTest, NeverShowsAnotherPartnersRows) {
  store_.Commit({Play("a", 5, 8)});
  v1::RunReportResponse response;
  ASSERT_TRUE(Run(kPlays, response).ok());
  EXPECT_EQ(response.rows(0).values(0).int_value(), 0);
  const auto snapshot =
      reader_->OpenSnapshot(7, {Now() - absl::Hours(1), Now()}, absl::Now() + absl::Seconds(10));
  ASSERT_TRUE(snapshot.ok());
  EXPECT_THAT((*snapshot)->Run({"SELECT 1 FROM facts", {}}).value(), IsEmpty());
}

}  // namespace
}  // namespace playhead::query
