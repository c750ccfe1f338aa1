#include "services/aggregator/store/retention.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/tables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/store_fixture.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::At;
using playhead::testing::StoreTest;
using ::testing::Contains;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class RetentionTest : public StoreTest {
 protected:
  RetentionResult Drop(const std::string& now) {
    const auto connection = database_->Connect("playhead_writer");
    const auto result = DropOldPartitions(*connection, {}, At(now));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(RetentionResult{});
  }

  void FoldAll() {
    const auto folder = NewFolder();
    for (const int tier : {0, 1}) {
      EXPECT_TRUE(folder->RunOnce(tier, At("2030-01-01T00:00:00Z")).ok());
    }
  }

  void CommitOneDay() {
    Commit({{.time = "2026-10-01T12:00:00Z", .plays = 1, .views = 1, .related_clicks = 1}});
  }
};

// A rollup has a table of measures and one of events at each grain.
std::size_t MinuteTables() {
  const auto rollups = catalog::Rollups();
  return 2 * static_cast<std::size_t>(
                 std::count_if(rollups.begin(), rollups.end(),
                               [](const catalog::Rollup& r) { return r.has_minute_tier; }));
}
std::size_t FoldedTables() { return 2 * catalog::Rollups().size(); }

TEST_F(RetentionTest, DropsTenSecondsAfterSevenDaysFactsAfterEightMinutesAfterFourteen) {
  CommitOneDay();
  FoldAll();
  EXPECT_THAT(Drop("2026-10-08T23:59:59Z").dropped, IsEmpty());
  EXPECT_THAT(Drop("2026-10-09T23:59:59Z").dropped,
              ::testing::ElementsAre("audience_ten_seconds_20261001"));
  EXPECT_THAT(Drop("2026-10-10T00:00:00Z").dropped,
              ::testing::ElementsAre("facts_20261001", "facts_events_20261001"));
  EXPECT_THAT(Drop("2026-10-15T23:59:59Z").dropped, IsEmpty());
  const auto minutes = Drop("2026-10-16T00:00:00Z").dropped;
  EXPECT_EQ(minutes.size(), MinuteTables());
  EXPECT_THAT(minutes, Each(StartsWith("rollup_")));
  EXPECT_THAT(Drop("2026-10-16T00:00:00Z").dropped, IsEmpty());
}

TEST_F(RetentionTest, DropsQuarterHoursAfter400DaysAndDaysAfterFiveYears) {
  CommitOneDay();
  FoldAll();
  Drop("2026-11-01T00:00:00Z");
  EXPECT_THAT(Drop("2027-12-05T23:59:59Z").dropped, IsEmpty());
  // And the peaks.
  EXPECT_EQ(Drop("2027-12-06T00:00:00Z").dropped.size(), FoldedTables() + 1);
  EXPECT_THAT(Drop("2031-12-30T23:59:59Z").dropped, IsEmpty());
  EXPECT_EQ(Drop("2031-12-31T00:00:00Z").dropped.size(), FoldedTables());
  EXPECT_THAT(database_->Query("SELECT partition FROM list_partitions()"), IsEmpty());
}

TEST_F(RetentionTest, KeepsPartitionsThatUnfoldedEpochsMayHaveRowsIn) {
  CommitOneDay();
  const RetentionResult unfolded = Drop("2027-01-01T00:00:00Z");
  EXPECT_THAT(unfolded.dropped, IsEmpty());
  // And facts, their events and the VIEWs of ten seconds.
  EXPECT_EQ(unfolded.kept.size(), MinuteTables() + 3);
  const auto folder = NewFolder();
  ASSERT_TRUE(folder->RunOnce(0, At("2027-01-01T00:00:00Z")).ok());
  EXPECT_EQ(Drop("2027-01-01T00:00:00Z").dropped.size(), MinuteTables() + 3);
  const RetentionResult quarters = Drop("2029-01-01T00:00:00Z");
  EXPECT_THAT(quarters.dropped, IsEmpty());
  EXPECT_EQ(quarters.kept.size(), FoldedTables() + 1);
}

TEST_F(RetentionTest, KeepsAPartitionThatIsInUse) {
  CommitOneDay();
  FoldAll();
  database_->Query("BEGIN; SELECT count(*) FROM facts");
  const RetentionResult result = Drop("2026-10-10T00:00:00Z");
  EXPECT_THAT(result.kept, ::testing::ElementsAre("facts_20261001"));
  EXPECT_THAT(result.dropped,
              ::testing::ElementsAre("audience_ten_seconds_20261001", "facts_events_20261001"));
  database_->Query("ROLLBACK");
  EXPECT_THAT(Drop("2026-10-10T00:00:00Z").dropped, ::testing::ElementsAre("facts_20261001"));
}

TEST_F(RetentionTest, DropsTheLedgerAndRejectedBatchesAfter35Days) {
  Epoch epoch = playhead::testing::EpochBuilder().Range(0, 0, 1, Acquire(*store_)[0].fence).Build();
  const std::int64_t minute_ms = playhead::testing::Ms("2026-10-01T12:00:00Z");
  epoch.ledger = {{.minute_ms = minute_ms, .count = 1}};
  epoch.rejected_batches = {{.append_time_ms = minute_ms, .reason = "x"}};
  ASSERT_TRUE(store_->Commit(epoch).ok());
  EXPECT_THAT(Drop("2026-11-05T11:00:00Z").dropped, IsEmpty());
  EXPECT_EQ(database_->Value("SELECT count(*) FROM rejected_batches"), "1");
  EXPECT_THAT(Drop("2026-11-06T00:00:00Z").dropped, Contains("ledger_20261001"));
  EXPECT_EQ(database_->Value("SELECT count(*) FROM rejected_batches"), "0");
}

TEST_F(RetentionTest, KeepsFewerThan1200Tables) {
  // The most partitions that a table can have: its retention, the partition that is being left, the
  // current one and, for days, those of events up to 7 days late and 5 minutes early.
  double count = 0;
  for (const auto& [name, kept_for] : RetentionByTable({})) {
    const std::string width = database_->Value(
        absl::StrCat("SELECT width FROM partitioned_tables WHERE name = '", name, "'"));
    const double days = width == "day" ? 1 : width == "month" ? 28 : 365;
    count += absl::FDivDuration(kept_for, absl::Hours(24)) / days + 3 + 1;
  }
  EXPECT_EQ(RetentionByTable({}).size(), tables::AllTables().size() + 1);
  EXPECT_LT(count, 1200);
  EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace playhead::aggregator
