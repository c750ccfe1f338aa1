#include "services/aggregator/writer.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/aggregator/writer_threads.h"
#include "tests/support/writer_world.h"

namespace playhead::aggregator {
namespace {

using Step = Writer::Step;
using Fault = FakeRollupStore::Fault;

std::vector<Event> Plays(const std::string& name, int count, std::int64_t time_ms) {
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) {
    events.push_back(MakeEvent(3, name, absl::StrCat(name, i), time_ms));
  }
  return events;
}

// Folds until there is nothing to do.
void FoldAll(WriterWorld& world) {
  while (world.writer().FoldStep() == Step::kProgress) {
  }
}

TEST(WriterTest, AnIdleLogCommitsNothing) {
  WriterWorld world;
  for (int i = 0; i < 20; ++i) {
    world.now_ms += 60'000;
    world.writer().FoldStep();
    EXPECT_EQ(world.writer().CommitStep(), Step::kIdle);
  }
  EXPECT_EQ(world.database.epoch_count(), 0U);
}

TEST(WriterTest, FreezesAtItsAge) {
  WriterWorld world;
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  FoldAll(world);
  world.now_ms += 59'999;
  FoldAll(world);
  EXPECT_EQ(world.writer().CommitStep(), Step::kIdle);
  world.now_ms += 1;
  FoldAll(world);
  EXPECT_EQ(world.writer().CommitStep(), Step::kProgress);
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
  EXPECT_EQ(world.source.Committed(0), 1);
}

TEST(WriterTest, FreezesAtItsRowBoundAndStopsReadingWhileTheStoreIsAway) {
  WriterWorld world;
  world.options.max_epoch_rows = 10;
  world.faults = [] { return Fault::kAwayBefore; };
  world.Restart();
  for (int i = 0; i < 100; ++i) {
    world.AppendEvents(0, {MakeEvent(3, absl::StrCat(i), "1", world.now_ms)});
  }
  EXPECT_EQ(world.writer().FoldStep(), Step::kRetry);
  world.faults = [] { return Fault::kNone; };
  FoldAll(world);
  world.faults = [] { return Fault::kAwayBefore; };
  EXPECT_EQ(world.writer().CommitStep(), Step::kRetry);
  EXPECT_EQ(world.writer().FoldStep(), Step::kIdle);
  EXPECT_LE(world.writer().Progress()[0].folded_next, 20);
  world.faults = [] { return Fault::kNone; };
  world.Settle();
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
}

TEST(WriterTest, RetriesTheSameEpochUntilTheStoreIsBack) {
  WriterWorld world;
  world.AppendEvents(1, Plays("a", 3, world.now_ms));
  FoldAll(world);
  world.writer().RequestFreeze();
  FoldAll(world);
  for (const Fault fault : {Fault::kAwayBefore, Fault::kReplyLost, Fault::kReplyLost}) {
    world.faults = [fault] { return fault; };
    EXPECT_EQ(world.writer().CommitStep(), Step::kRetry);
    EXPECT_TRUE(world.CheckReader());
  }
  world.faults = [] { return Fault::kNone; };
  EXPECT_EQ(world.writer().CommitStep(), Step::kProgress);
  EXPECT_EQ(world.database.epoch_count(), 1U);
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
}

TEST(WriterTest, StartsAgainWhenAnotherOwnerWasFaster) {
  WriterWorld world;
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  FoldAll(world);
  world.writer().RequestFreeze();
  FoldAll(world);
  world.AppendEvents(0, Plays("b", 3, world.now_ms));
  FoldAll(world);
  world.faults = [] { return Fault::kFenced; };
  EXPECT_EQ(world.writer().CommitStep(), Step::kRetry);
  EXPECT_FALSE(world.CheckReader());
  EXPECT_EQ(world.database.totals(), Totals());
  world.faults = [] { return Fault::kNone; };
  world.Settle();
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
}

TEST(WriterTest, TheTailIsAwayUntilTheLogWasReadToItsEnd) {
  WriterWorld world;
  for (int i = 0; i < 50; ++i) {
    world.AppendEvents(i % 3, Plays(absl::StrCat(i), 3, world.now_ms));
  }
  EXPECT_FALSE(world.CheckReader());
  EXPECT_EQ(world.writer().FoldStep(), Step::kProgress);
  EXPECT_FALSE(world.CheckReader());
  EXPECT_EQ(world.writer().FoldStep(), Step::kProgress);
  EXPECT_FALSE(world.CheckReader());
  FoldAll(world);
  EXPECT_TRUE(world.CheckReader());
}

TEST(WriterTest, TheOpenSegmentHasEveryPartitionAndHowFarItIsComplete) {
  WriterWorld world;
  world.AppendEvents(1, Plays("a", 3, world.now_ms));
  FoldAll(world);
  const auto segments = *world.writer().ReadTail({}, kMaxTailBytes);
  ASSERT_EQ(segments.size(), 1U);
  ASSERT_EQ(segments[0].ranges_size(), 3);
  for (int p = 0; p < 3; ++p) {
    EXPECT_EQ(segments[0].ranges(p).partition(), p);
    EXPECT_EQ(segments[0].ranges(p).first(), 0);
    EXPECT_EQ(segments[0].ranges(p).next(), p == 1 ? 1 : 0);
    EXPECT_EQ(segments[0].ranges(p).through_ms(), world.now_ms);
  }
}

TEST(WriterTest, CorruptBatchesAreRejectedAndNeighboursCount) {
  WriterWorld world;
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  world.Append(0, "not a batch");
  world.Append(2, "");
  world.AppendEvents(0, Plays("b", 3, world.now_ms));
  world.Settle();
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
  EXPECT_EQ(world.database.totals().rejected,
            (std::set<std::pair<int, std::int64_t>>{{0, 1}, {2, 0}}));
}

TEST(WriterTest, DamagedOffsetsArePassed) {
  WriterWorld world;
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  world.Damage(0, 2);
  world.AppendEvents(0, Plays("b", 3, world.now_ms));
  world.Damage(0, 1);
  world.Damage(1, 4);
  world.Settle();
  EXPECT_EQ(world.database.next(0), 5);
  EXPECT_EQ(world.database.next(1), 4);
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
}

std::string RefusePoison(const Epoch& epoch) {
  for (const std::string& text : epoch.strings) {
    if (text == "poison") return "column refuses a value";
  }
  return "";
}

TEST(WriterTest, ARecordThatTheStoreRefusesIsFoundAndTheOthersCount) {
  WriterWorld world;
  world.refusal = RefusePoison;
  for (int i = 0; i < 40; ++i) {
    std::vector<Event> events = Plays(absl::StrCat(i), 3, world.now_ms);
    const bool is_poison = i == 7 || i == 8 || i == 30;
    if (is_poison) events[1].dimension(catalog::Dimension::kCity) = "poison";
    world.AppendEvents(i % 3, events, is_poison);
  }
  world.Settle();
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
  EXPECT_EQ(world.database.totals().rejected.size(), 3U);
  // Later batches are not slowed down by it.
  for (int i = 0; i < 4; ++i) world.AppendEvents(0, Plays(absl::StrCat("x", i), 3, world.now_ms));
  const std::size_t epochs = world.database.epoch_count();
  FoldAll(world);
  world.Settle();
  EXPECT_EQ(world.database.epoch_count(), epochs + 1);
}

TEST(WriterTest, ADatabaseOfAnotherLogStopsThePartitions) {
  WriterWorld world;
  world.store().set_acquire_status(absl::FailedPreconditionError("another log"));
  EXPECT_EQ(world.writer().FoldStep(), Step::kStopped);
  for (const PartitionProgress& at : world.writer().Progress()) {
    EXPECT_EQ(at.stopped, "another log");
  }
  world.store().set_acquire_status(absl::OkStatus());
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  world.Settle();
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
}

TEST(WriterTest, AnOffsetOutsideTheLogStopsItsPartitionOnly) {
  WriterWorld world;
  world.database.SetNext(1, 5);
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  world.AppendEvents(2, Plays("b", 3, world.now_ms));
  FoldAll(world);
  world.writer().RequestFreeze();
  FoldAll(world);
  EXPECT_EQ(world.writer().CommitStep(), Step::kProgress);
  EXPECT_EQ(world.database.next(0), 1);
  EXPECT_EQ(world.database.next(2), 1);
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
  EXPECT_NE(world.writer().Progress()[1].stopped.find("offset 5"), std::string::npos);
  EXPECT_TRUE(world.writer().Progress()[0].stopped.empty());
  EXPECT_TRUE(world.writer().ReadTail({}, kMaxTailBytes).ok());
}

TEST(WriterTest, OffsetsThatTheLogUsesAgainStopThePartition) {
  WriterWorld world;
  for (int i = 0; i < 4; ++i) world.AppendEvents(0, Plays(absl::StrCat(i), 3, world.now_ms));
  world.AppendEvents(1, Plays("b", 3, world.now_ms));
  world.source.SetTrusted(0, 2);
  world.source.SetTrusted(1, 0);
  world.database.SetNext(0, 3);
  FoldAll(world);
  EXPECT_NE(world.writer().Progress()[0].stopped.find("offset 3"), std::string::npos);
  EXPECT_TRUE(world.writer().Progress()[1].stopped.empty());
}

TEST(WriterTest, OffsetsThatRetentionTookStopThePartition) {
  WriterWorld world;
  for (int i = 0; i < 4; ++i) world.AppendEvents(0, Plays(absl::StrCat(i), 3, world.now_ms));
  world.source.Forget(0, 2);
  FoldAll(world);
  EXPECT_NE(world.writer().Progress()[0].stopped.find("holds [2, 4)"), std::string::npos);
}

TEST(WriterTest, DrainCommitsWhatIsFoldedAndReadsNoMore) {
  WriterWorld world;
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  FoldAll(world);
  world.writer().BeginDrain();
  world.AppendEvents(0, Plays("b", 3, world.now_ms));
  EXPECT_FALSE(world.writer().IsEmpty());
  FoldAll(world);
  EXPECT_EQ(world.writer().CommitStep(), Step::kProgress);
  EXPECT_TRUE(world.writer().IsEmpty());
  FoldAll(world);
  EXPECT_EQ(world.database.next(0), 1);
}

// Everything at once: appends, copies, corrupt batches, gaps, faults of the store and the log,
// kills; with odd seeds batches that the store refuses, with even seeds readers between all steps
// (which would see those batches until the store has refused them).
class RandomRuns : public testing::TestWithParam<int> {};

TEST_P(RandomRuns, StoreAndTailAlwaysEqualTheOracle) {
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const auto draw = [&](int n) { return std::uniform_int_distribution<>(0, n - 1)(random); };
  const bool has_poison = GetParam() % 2 == 1;
  WriterWorld world;
  world.options.max_epoch_rows = 200;
  world.refusal = RefusePoison;
  world.faults = [&] {
    const int fault = draw(10);
    return fault == 0   ? Fault::kAwayBefore
           : fault == 1 ? Fault::kReplyLost
           : fault == 2 ? Fault::kFenced
                        : Fault::kNone;
  };
  world.Restart();
  std::vector<std::string> payloads;
  int readers = 0;
  for (int i = 0; i < 1500; ++i) {
    world.now_ms += draw(10) == 0 ? draw(20'000) : draw(500);
    const int partition = draw(3);
    switch (draw(12)) {
      case 0:
      case 1: {
        std::vector<Event> events;
        const bool is_poison = has_poison && draw(40) == 0;
        for (int k = draw(4); k >= 0; --k) {
          Event event = MakeEvent(draw(2) == 0 ? 99 : 1 + draw(40), absl::StrCat("s", draw(4)),
                                  absl::StrCat(draw(300)), world.now_ms - draw(200'000));
          event.event_index = static_cast<std::uint32_t>(draw(30));
          event.number(catalog::Number::kPlayTimeSumMs) = draw(100'000);
          if (is_poison) event.dimension(catalog::Dimension::kCity) = "poison";
          events.push_back(event);
        }
        world.AppendEvents(partition, events, is_poison);
        break;
      }
      case 2:
        if (draw(10) == 0) world.Append(partition, "junk");
        if (draw(20) == 0) world.Damage(partition, 1 + draw(3));
        break;
      case 3:
        if (draw(10) == 0) world.Restart();
        break;
      case 4:
        if (draw(5) == 0) world.writer().RequestFreeze();
        if (draw(20) == 0) world.source.FailReads(1 + draw(3));
        break;
      case 5:
      case 6:
      case 7:
        world.writer().CommitStep();
        break;
      default:
        world.writer().FoldStep();
    }
    if (!has_poison) readers += world.CheckReader() ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << "step " << i;
  }
  EXPECT_EQ(readers > 0, !has_poison);
  world.faults = [] { return Fault::kNone; };
  world.Settle();
  FoldAll(world);
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
  EXPECT_TRUE(world.CheckReader());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRuns, testing::Range(1, 31));

TEST(WriterThreadsTest, CommitsWhatTheLogHoldsAndDrains) {
  WriterWorld world;
  for (int i = 0; i < 50; ++i) world.AppendEvents(i % 3, Plays(absl::StrCat(i), 3, world.now_ms));
  WriterThreads threads(world.writer());
  while (!world.IsSettled()) {
    world.writer().RequestFreeze();
    world.writer().AwaitChange(absl::Milliseconds(10));
  }
  EXPECT_TRUE(threads.Drain(absl::Seconds(60)));
  EXPECT_EQ(world.database.totals(), world.oracle.totals());
}

TEST(WriterThreadsTest, GivesUpADrainWhileTheStoreIsAway) {
  WriterWorld world;
  world.AppendEvents(0, Plays("a", 3, world.now_ms));
  FoldAll(world);
  world.faults = [] { return Fault::kAwayBefore; };
  WriterThreads threads(world.writer());
  EXPECT_FALSE(threads.Drain(absl::Milliseconds(50)));
}

}  // namespace
}  // namespace playhead::aggregator
