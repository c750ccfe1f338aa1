#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/aggregator/store/fold_tiers.h"
#include "services/aggregator/store/pg_rollup_store.h"
#include "tests/support/epoch_builder.h"
#include "tests/support/test_database.h"

namespace playhead::testing {

inline constexpr Id128 kLogUuid = {.high = 0x1111222233334444, .low = 0x5555666677778888};
inline constexpr int kPartitionCount = 2;

// A migrated database, and stores and folders on it as playhead_writer.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = TestDatabase::Create();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    store_ = NewStore();
  }

  std::unique_ptr<aggregator::RollupStore> NewStore() const {
    return aggregator::MakePgRollupStore(
        {.connection = database_->ConnectionOptions("playhead_writer"),
         .allow_unsafe_server = true});
  }

  std::unique_ptr<aggregator::TierFolder> NewFolder() const {
    return aggregator::MakeTierFolder(
        {.connection = database_->ConnectionOptions("playhead_writer")});
  }

  // Takes the partitions (all of them by default).
  std::vector<aggregator::Ownership> Acquire(aggregator::RollupStore& store,
                                             std::vector<int> partitions = {0, 1}) {
    auto taken = store.Acquire(kLogUuid, kPartitionCount, partitions);
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.ok() ? *std::move(taken) : std::vector<aggregator::Ownership>(partitions.size());
  }

  // Commits facts as the next epoch of partition 0, of one record each.
  void Commit(const std::vector<TestFact>& facts) {
    if (fence_ == 0) {
      const auto taken = Acquire(*store_, {0});
      fence_ = taken[0].fence;
      next_ = taken[0].next;
    }
    EpochBuilder builder;
    for (const TestFact& fact : facts) builder.Fact(fact);
    const auto count = static_cast<std::int64_t>(facts.size());
    builder.Range(0, next_, next_ + count, fence_);
    const auto outcome = store_->Commit(builder.Build());
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(*outcome, aggregator::CommitOutcome::kCommitted);
    next_ += count;
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<aggregator::RollupStore> store_;
  std::int64_t fence_ = 0;
  std::int64_t next_ = 0;
};

}  // namespace playhead::testing
