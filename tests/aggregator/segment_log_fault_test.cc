#include <atomic>
#include <cerrno>
#include <string>

#include "gtest/gtest.h"
#include "services/aggregator/log/segment_log.h"
#include "tests/aggregator/segment_log_oracle.h"
#include "tests/support/fault_files.h"

namespace playhead::aggregator {
namespace {

constexpr int kPartitions = 2;

class SegmentLogFaultTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SegmentLog>> Open(FaultFiles& files) {
    return OpenSegmentLog(options_, files, [this] { return absl::FromUnixMillis(now_ms_.load()); });
  }

  // Reopened after `end_of_process`, the log holds what was acked and nothing else.
  void CheckAfterRestart(FaultFiles& files, LogOracle& oracle, const std::string& what) {
    const auto log = Open(files);
    ASSERT_TRUE(log.ok()) << what << ": " << log.status();
    const auto contents = ReadEverything(**log);
    ASSERT_TRUE(contents.ok()) << what << ": " << contents.status();
    EXPECT_TRUE(contents->gaps.empty()) << what;
    const LogOracle::Verdict verdict = oracle.Check(*contents);
    EXPECT_TRUE(verdict.IsClean()) << what << ": " << ToString(verdict);
    EXPECT_TRUE(AppendAndWait(**log, 0, "new").ok()) << what;
  }

  SegmentLogOptions options_{.directory = "/log",
                             .partition_count = kPartitions,
                             .segment_bytes = 12'000,
                             .group_bytes = 1'000,
                             .min_free_bytes = 0};
  std::atomic<std::int64_t> now_ms_ = 1'700'000'000'000;
};

// The nth operation fails, for every n: the oracle holds before and after a restart.
TEST_F(SegmentLogFaultTest, KeepsItsPromisesWhicheverOperationFails) {
  int failed = 0;
  for (const int error : {EIO, ENOSPC}) {
    bool has_failed = true;
    for (std::int64_t nth = 1; has_failed; ++nth) {
      const std::string what =
          std::string(error == EIO ? "EIO" : "ENOSPC") + " at " + std::to_string(nth);
      FaultFiles files(static_cast<std::uint64_t>(nth));
      LogOracle oracle(kPartitions);
      files.FailAt(nth, error);
      {
        const auto log = Open(files);
        if (log.ok()) {
          for (std::uint64_t i = 0; i < 4; ++i) oracle.AppendSome(**log, 15, i);
          EXPECT_GE(oracle.acked(), 45 - 15) << what;
          const auto contents = ReadEverything(**log);
          if (contents.ok()) {
            const LogOracle::Verdict verdict = oracle.Check(*contents);
            EXPECT_TRUE(verdict.IsClean()) << what << ": " << ToString(verdict);
          }
        }
        files.Kill();
      }
      has_failed = files.HasFailed();
      failed += has_failed ? 1 : 0;
      files.Heal();
      files.PowerOn();
      CheckAfterRestart(files, oracle, what);
      ASSERT_FALSE(HasFailure()) << what;
    }
  }
  EXPECT_GT(failed, 100);
}

TEST_F(SegmentLogFaultTest, NeverAcksWhatAFailedSyncLeft) {
  FaultFiles files(1);
  const auto log = Open(files);
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(AppendAndWait(**log, 0, "0:first").ok());
  files.FailAt(3, EIO);  // free space, write, fdatasync
  EXPECT_TRUE(absl::IsUnavailable(AppendAndWait(**log, 0, "1:lost")));
  EXPECT_TRUE(absl::IsUnavailable((*log)->Health()));
  EXPECT_EQ((*log)->Counters().poisoned_segments, 1);
  EXPECT_EQ((*log)->GetBounds(0)->next, 1);
  EXPECT_TRUE(AppendAndWait(**log, 0, "2:next").ok());
  EXPECT_TRUE((*log)->Health().ok());
  const auto contents = ReadEverything(**log);
  ASSERT_TRUE(contents.ok());
  ASSERT_EQ(contents->records.size(), 2u);
  EXPECT_EQ(contents->records[1].payload, "2:next");
  EXPECT_EQ(contents->records[1].offset, 1);
}

TEST_F(SegmentLogFaultTest, GivesUpAtTheSecondFailureWithinAMinute) {
  for (const std::int64_t between_ms : {59'999, 60'000}) {
    FaultFiles files(1);
    const auto log = Open(files);
    ASSERT_TRUE(log.ok());
    ASSERT_TRUE(AppendAndWait(**log, 0, "x").ok());
    files.FailAt(3, EIO);
    EXPECT_FALSE(AppendAndWait(**log, 0, "x").ok());
    ASSERT_TRUE(AppendAndWait(**log, 0, "x").ok());
    now_ms_ += between_ms;
    files.FailAt(3, EIO);
    EXPECT_FALSE(AppendAndWait(**log, 0, "x").ok());
    if (between_ms < 60'000) {
      EXPECT_TRUE(absl::IsDataLoss((*log)->Health()));
      EXPECT_TRUE(absl::IsUnavailable(AppendAndWait(**log, 0, "x")));
      EXPECT_EQ(ReadEverything(**log)->records.size(), 2u);
    } else {
      EXPECT_TRUE(AppendAndWait(**log, 0, "x").ok());
      EXPECT_TRUE((*log)->Health().ok());
    }
  }
}

TEST_F(SegmentLogFaultTest, GoesOnByItselfWhenThereIsSpaceAgain) {
  FaultFiles files(1);
  LogOracle oracle(kPartitions);
  {
    const auto log = Open(files);
    ASSERT_TRUE(log.ok());
    for (std::uint64_t capacity = 9'000; capacity < 60'000; capacity += 517) {
      files.SetCapacity(capacity);
      oracle.AppendSome(**log, 20, capacity);
      EXPECT_FALSE(absl::IsDataLoss((*log)->Health()));
    }
    EXPECT_EQ((*log)->Counters().poisoned_segments, 0);
    const int acked = oracle.acked();
    files.SetCapacity(1 << 30);
    oracle.AppendSome(**log, 20, 1);
    EXPECT_EQ(oracle.acked(), acked + 20);
    EXPECT_TRUE((*log)->Health().ok());
    const auto contents = ReadEverything(**log);
    ASSERT_TRUE(contents.ok());
    EXPECT_TRUE(contents->gaps.empty());
    const LogOracle::Verdict verdict = oracle.Check(*contents);
    EXPECT_TRUE(verdict.IsClean()) << ToString(verdict);
    files.Kill();
  }
  files.PowerOn();
  CheckAfterRestart(files, oracle, "after a full disk");
}

TEST_F(SegmentLogFaultTest, StopsAdmissionBeforeTheDiskIsFull) {
  options_.min_free_bytes = 10'000;
  FaultFiles files(1);
  files.SetCapacity(30'000);
  const auto log = Open(files);
  ASSERT_TRUE(log.ok());
  while (AppendAndWait(**log, 0, std::string(500, 'x')).ok()) {
  }
  EXPECT_TRUE(absl::IsUnavailable((*log)->Health()));
  EXPECT_GE(*files.FreeBytes("/log"), 9'000u);
  files.SetCapacity(100'000);
  EXPECT_TRUE(AppendAndWait(**log, 0, "x").ok());
  EXPECT_TRUE((*log)->Health().ok());
}

TEST_F(SegmentLogFaultTest, RetiresSegmentsOnAFullDisk) {
  FaultFiles files(1);
  const auto log = Open(files);
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(AppendAndWait(**log, 0, std::string(500, 'x')).ok());
  }
  files.SetCapacity(1);
  now_ms_ += absl::ToInt64Milliseconds(absl::Hours(100));
  (*log)->SetCommitted(0, 40);
  // Retention runs between groups.
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(AppendAndWait(**log, 0, "x").ok());
  EXPECT_GT((*log)->GetBounds(0)->first, 20);
  files.SetCapacity(1 << 20);
  EXPECT_TRUE(AppendAndWait(**log, 0, "x").ok());
}

TEST_F(SegmentLogFaultTest, KeepsATornTailAsideButNotManyOfThem) {
  FaultFiles files(1);
  for (int i = 0; i < 7; ++i) {
    {
      const auto log = Open(files);
      ASSERT_TRUE(log.ok()) << log.status();
      if (i > 0) {
        EXPECT_EQ((*log)->Counters().torn_bytes, 77);
      }
      ASSERT_TRUE(AppendAndWait(**log, 0, "x").ok());
    }
    FaultFiles::Contents contents = files.Snapshot();
    for (auto& [path, bytes] : contents) {
      if (path.ends_with(".segment")) bytes += std::string(77, 'x');
    }
    files.Restore(contents);
  }
  int torn = 0;
  for (const auto& [path, bytes] : files.Snapshot()) torn += path.ends_with(".torn") ? 1 : 0;
  EXPECT_EQ(torn, 4);
}

TEST_F(SegmentLogFaultTest, TakesUnreadableSectorsForDamageOnlyAfterAWhile) {
  FaultFiles files(1);
  const auto log = Open(files);
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(AppendAndWait(**log, 0, "x").ok());
  const auto reader = (*log)->OpenReader({{0, 0}});
  ASSERT_TRUE(reader.ok());
  files.FailAt(2, EIO, /*for_good=*/true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsUnavailable((*reader)->Read(1000, absl::ZeroDuration()).status())) << i;
  }
  const auto chunk = (*reader)->Read(1000, absl::ZeroDuration());
  ASSERT_TRUE(chunk.ok()) << chunk.status();
  ASSERT_EQ(chunk->gaps.size(), 1u);
  EXPECT_EQ(chunk->gaps[0].first, 0);
  EXPECT_EQ(chunk->gaps[0].next, 3);
  files.Heal();
  ASSERT_TRUE(AppendAndWait(**log, 0, "x").ok());
  EXPECT_EQ((*reader)->Read(1000, absl::ZeroDuration())->records.size(), 1u);
}

}  // namespace
}  // namespace playhead::aggregator
