#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/aggregator/store/fold_loop.h"
#include "tests/support/store_fixture.h"
#include "tests/support/tier_totals.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::At;
using playhead::testing::EpochBuilder;
using playhead::testing::ReadTotals;
using playhead::testing::StoreTest;
using playhead::testing::TierTotals;

constexpr int kEpochs = 150;
constexpr int kEventsPerEpoch = 6;

class FoldConcurrencyTest : public StoreTest {
 protected:
  // An epoch of kEventsPerEpoch records, each one play and one event of type 36.
  static Epoch NextEpoch(int partition, std::int64_t epoch, std::int64_t fence) {
    EpochBuilder builder;
    builder.Range(partition, epoch * kEventsPerEpoch, (epoch + 1) * kEventsPerEpoch, fence);
    for (int i = 0; i < kEventsPerEpoch; ++i) {
      builder.Fact({.partner = 1 + i % 2,
                    .time = absl::StrCat("2026-10-0", 1 + i % 3, "T12:", 10 + epoch % 50, ":00Z"),
                    .session = absl::StrCat("s", epoch, "_", i),
                    .entry = absl::StrCat("0_", i % 4),
                    .plays = 1,
                    .related_clicks = 1});
    }
    return builder.Build();
  }

  static bool IsConsistent(const TierTotals& totals) {
    for (const auto& [rollup, plays] : totals.plays) {
      if (plays != totals.offsets || totals.related_clicks.at(rollup) != totals.offsets)
        return false;
    }
    return true;
  }

  void CommitEpochs(int partition) {
    const auto store = NewStore();
    const std::int64_t fence = Acquire(*store, {partition})[0].fence;
    for (int epoch = 0; epoch < kEpochs; ++epoch) {
      const auto outcome = store->Commit(NextEpoch(partition, epoch, fence));
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      ASSERT_EQ(*outcome, CommitOutcome::kCommitted);
    }
  }

  // Folds whatever is there until `is_done` and nothing is left.
  void FoldUntil(const std::atomic<bool>& is_done) {
    const auto folder =
        MakeTierFolder({.connection = database_->ConnectionOptions("playhead_writer"),
                        .max_unfolded_epochs = 0,
                        .max_epochs_per_run = 5});
    bool is_last_round = false;
    while (true) {
      is_last_round = is_done;
      int folded = 0;
      for (const int tier : {0, 1}) {
        const auto result = folder->RunOnce(tier, At("2026-10-01T00:00:00Z"));
        ASSERT_TRUE(result.ok()) << result.status();
        folded += result->epochs;
      }
      if (is_last_round && folded == 0) return;
    }
  }

  // Reads until `is_done`; the number of reads.
  int ReadUntil(const std::atomic<bool>& is_done) {
    const auto connection = database_->Connect("playhead_reader_all");
    int reads = 0;
    while (!is_done) {
      const auto totals = ReadTotals(*connection);
      EXPECT_TRUE(totals.ok()) << totals.status();
      if (!totals.ok()) return reads;
      EXPECT_TRUE(IsConsistent(*totals)) << "read " << reads;
      ++reads;
    }
    return reads;
  }
};

TEST_F(FoldConcurrencyTest, EveryReadCountsEachEventOnceDuringCommitsAndFolds) {
  std::atomic<bool> has_committed{false};
  std::atomic<bool> has_folded{false};
  std::atomic<int> reads{0};
  std::vector<std::thread> folders;
  std::thread reader([&] { reads = ReadUntil(has_folded); });
  for (int i = 0; i < 2; ++i) folders.emplace_back([&] { FoldUntil(has_committed); });
  std::thread other_writer([&] { CommitEpochs(1); });
  CommitEpochs(0);
  other_writer.join();
  has_committed = true;
  for (std::thread& folder : folders) folder.join();
  has_folded = true;
  reader.join();
  EXPECT_GT(reads, 10);

  const auto connection = database_->Connect("playhead_reader_all");
  const auto totals = ReadTotals(*connection);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->offsets, 2 * kEpochs * kEventsPerEpoch);
  EXPECT_TRUE(IsConsistent(*totals));
  EXPECT_EQ(database_->Value("SELECT sum(plays) FROM rollup_entry_domain_page_day"),
            absl::StrCat(totals->offsets));
  EXPECT_EQ(database_->Value("SELECT count(*) FROM epochs WHERE folded_by IS NULL AND tier < 2"),
            "0");
}

// The check above sees the fault that a fold has which does not fix its set first.
TEST_F(FoldConcurrencyTest, TheCheckFailsForAFoldThatMarksMoreThanItRead) {
  const auto store = NewStore();
  const std::int64_t fence = Acquire(*store, {0})[0].fence;
  ASSERT_TRUE(store->Commit(NextEpoch(0, 0, fence)).ok());
  const auto folder = database_->Connect();
  ASSERT_TRUE(
      folder->Run("BEGIN; SELECT ensure_partition('rollup_partner_quarter_hour', '2026-10-01')")
          .ok());
  ASSERT_TRUE(
      folder
          ->Run(
              "INSERT INTO epochs (commit_token, tier) VALUES (gen_random_uuid(), 1);"
              "INSERT INTO rollup_partner_quarter_hour (epoch_id, bucket, partner, traffic, plays) "
              "SELECT (SELECT max(epoch_id) FROM epochs), bucket, partner, traffic, plays "
              "FROM rollup_partner_minute WHERE epoch_id = ANY "
              "(ARRAY(SELECT epoch_id FROM epochs WHERE tier = 0 AND folded_by IS NULL))")
          .ok());
  ASSERT_TRUE(store->Commit(NextEpoch(0, 1, fence)).ok());
  ASSERT_TRUE(
      folder
          ->Run("UPDATE epochs SET folded_by = (SELECT max(epoch_id) FROM epochs WHERE tier = 1) "
                "WHERE tier = 0 AND folded_by IS NULL; COMMIT")
          .ok());
  const auto reader = database_->Connect("playhead_reader_all");
  const auto totals = ReadTotals(*reader);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_FALSE(IsConsistent(*totals));
  EXPECT_EQ(totals->plays.at("partner"), totals->offsets - kEventsPerEpoch);
}

TEST_F(FoldConcurrencyTest, TheLoopFoldsUntilItIsDestroyed) {
  CommitEpochs(0);
  FoldLoopOptions options;
  options.fold.connection = database_->ConnectionOptions("playhead_writer");
  options.interval = absl::Milliseconds(1);
  options.retention_interval = absl::Hours(1);
  std::atomic<int> minutes{0};
  const auto loop = std::make_unique<FoldLoop>(
      options, [&] { return At("2026-10-20T00:00:00Z") + absl::Minutes(10) * minutes++; });
  while (loop->counts().dropped_partitions < 5 && loop->counts().errors == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(loop->counts().errors, 0);
  EXPECT_GE(loop->counts().epochs, kEpochs + 1);
  EXPECT_EQ(database_->Value("SELECT sum(plays) FROM rollup_partner_day"),
            absl::StrCat(kEpochs * kEventsPerEpoch));
}

TEST_F(FoldConcurrencyTest, TheLoopEndsAlthoughAStatementWaits) {
  CommitEpochs(0);
  const auto other = database_->Connect();
  ASSERT_TRUE(other->Run("BEGIN; LOCK TABLE epochs IN ACCESS EXCLUSIVE MODE").ok());
  FoldLoopOptions options;
  options.fold.connection = database_->ConnectionOptions("playhead_writer");
  options.fold.connection.lock_timeout = absl::Hours(1);
  options.fold.connection.statement_timeout = absl::Hours(1);
  options.interval = absl::Milliseconds(1);
  auto loop = std::make_unique<FoldLoop>(options, [] { return At("2026-10-25T00:00:00Z"); });
  const auto waiting = [&] {
    const auto rows = other->Run("SELECT count(*) FROM pg_locks WHERE NOT granted");
    return rows.ok() ? rows->Int(0, 0) : -1;
  };
  while (waiting() == 0) {
  }
  loop.reset();
  while (waiting() > 0) {
  }
  EXPECT_EQ(waiting(), 0);
  EXPECT_TRUE(other->Run("ROLLBACK").ok());
}

}  // namespace
}  // namespace playhead::aggregator
