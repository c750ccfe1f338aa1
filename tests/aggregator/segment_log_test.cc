#include "services/aggregator/log/segment_log.h"

#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/synchronization/blocking_counter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/aggregator/segment_log_oracle.h"
#include "tests/support/fault_files.h"

namespace playhead::aggregator {
namespace {

using testing::HasSubstr;

// On real files.
class SegmentLogTest : public testing::Test {
 protected:
  SegmentLogTest() {
    std::string path = testing::TempDir() + "segment_log_XXXXXX";
    options_.directory = std::string(mkdtemp(path.data())) + "/log";
    options_.partition_count = 4;
    options_.min_free_bytes = 0;
  }
  ~SegmentLogTest() override {
    std::filesystem::remove_all(std::filesystem::path(options_.directory).parent_path());
  }

  absl::StatusOr<std::unique_ptr<SegmentLog>> Open() {
    return OpenSegmentLog(options_, PosixFiles(),
                          [this] { return absl::FromUnixMillis(now_ms_.load()); });
  }

  SegmentLogOptions options_;
  std::atomic<std::int64_t> now_ms_ = 1'700'000'000'000;
};

TEST_F(SegmentLogTest, ReadsBackWhatWasAppended) {
  const auto log = Open();
  ASSERT_TRUE(log.ok()) << log.status();
  LogOracle oracle(4);
  oracle.AppendSome(**log, 500, 1);
  EXPECT_EQ(oracle.acked(), 500);
  const auto contents = ReadEverything(**log);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_EQ(contents->records.size(), 500u);
  EXPECT_TRUE(contents->gaps.empty());
  const LogOracle::Verdict verdict = oracle.Check(*contents);
  EXPECT_TRUE(verdict.IsClean()) << ToString(verdict);
}

TEST_F(SegmentLogTest, GoesOnWhereItStoppedAfterARestart) {
  LogOracle oracle(4);
  Id128 uuid;
  options_.segment_bytes = 20'000;
  for (std::uint64_t restart = 0; restart < 5; ++restart) {
    const auto log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
    if (restart == 0) uuid = (*log)->Uuid();
    EXPECT_EQ((*log)->Uuid(), uuid);
    EXPECT_EQ((*log)->PartitionCount(), 4);
    oracle.AppendSome(**log, 200, restart);
    const auto contents = ReadEverything(**log);
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ(contents->records.size(), 200 * (restart + 1));
    const LogOracle::Verdict verdict = oracle.Check(*contents);
    EXPECT_TRUE(verdict.IsClean()) << ToString(verdict);
  }
  EXPECT_EQ(oracle.acked(), 1000);
}

TEST_F(SegmentLogTest, RefusesAnotherPartitionCount) {
  ASSERT_TRUE(Open().ok());
  options_.partition_count = 8;
  const auto log = Open();
  EXPECT_TRUE(absl::IsFailedPrecondition(log.status()));
  EXPECT_THAT(std::string(log.status().message()), HasSubstr("has 4 partitions"));
  EXPECT_THAT(std::string(log.status().message()), HasSubstr("8 are configured"));
}

TEST_F(SegmentLogTest, RefusesADirectoryThatIsOpen) {
  const auto log = Open();
  ASSERT_TRUE(log.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Open().status()));
}

TEST_F(SegmentLogTest, RefusesOptionsOutOfRange) {
  for (const int partitions : {0, 257}) {
    options_.partition_count = partitions;
    EXPECT_TRUE(absl::IsInvalidArgument(Open().status())) << partitions;
  }
  options_.partition_count = 256;
  EXPECT_TRUE(Open().ok());
}

TEST_F(SegmentLogTest, RefusesBatchesThatItCannotTake) {
  const auto log = Open();
  ASSERT_TRUE(log.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(AppendAndWait(**log, 4, "x")));
  EXPECT_TRUE(absl::IsInvalidArgument(AppendAndWait(**log, -1, "x")));
  EXPECT_TRUE(absl::IsInvalidArgument(AppendAndWait(**log, 0, std::string((2 << 20) + 1, 'x'))));
  EXPECT_TRUE(AppendAndWait(**log, 0, std::string(2 << 20, 'x')).ok());
  EXPECT_TRUE(AppendAndWait(**log, 0, "").ok());
  EXPECT_EQ((*log)->GetBounds(0)->next, 2);
}

TEST_F(SegmentLogTest, AnswersInTheOrderOfCalls) {
  const auto log = Open();
  ASSERT_TRUE(log.ok());
  std::vector<int> answers;
  absl::BlockingCounter unanswered(200);
  for (int i = 0; i < 200; ++i) {
    // Every third is refused.
    (*log)->Append({{.partition = i % 3 == 0 ? 9 : 0, .payload = "x"}},
                   [&, i](absl::Status status) {
                     EXPECT_EQ(status.ok(), i % 3 != 0);
                     answers.push_back(i);
                     unanswered.DecrementCount();
                   });
  }
  unanswered.Wait();
  EXPECT_TRUE(std::is_sorted(answers.begin(), answers.end()));
}

TEST_F(SegmentLogTest, TellsItsBounds) {
  const auto log = Open();
  ASSERT_TRUE(log.ok());
  EXPECT_EQ((*log)->GetBounds(0)->next, 0);
  ASSERT_TRUE(AppendAndWait(**log, 1, "x").ok());
  EXPECT_EQ((*log)->GetBounds(0)->next, 0);
  EXPECT_EQ((*log)->GetBounds(1)->next, 1);
  EXPECT_TRUE(absl::IsInvalidArgument((*log)->GetBounds(4).status()));
  EXPECT_TRUE((*log)->OpenReader({{1, 1}}).ok());
  EXPECT_TRUE(absl::IsOutOfRange((*log)->OpenReader({{1, 2}}).status()));
  EXPECT_TRUE(absl::IsOutOfRange((*log)->OpenReader({{1, -1}}).status()));
}

TEST_F(SegmentLogTest, NeverLetsAppendTimesGoBack) {
  LogOracle oracle(4);
  for (const std::int64_t step_ms : {1000, -5000, 0, 2000}) {
    now_ms_ += step_ms;
    const auto log = Open();
    ASSERT_TRUE(log.ok());
    ASSERT_TRUE(AppendAndWait(**log, 0, "x").ok());
    const auto contents = ReadEverything(**log);
    ASSERT_TRUE(contents.ok());
    std::int64_t last_ms = 0;
    for (const LogRecord& record : contents->records) {
      EXPECT_GE(record.append_time_ms, last_ms);
      last_ms = record.append_time_ms;
    }
  }
}

TEST_F(SegmentLogTest, FindsOffsetsByAppendTime) {
  options_.segment_bytes = 9'000;
  auto log = Open();
  ASSERT_TRUE(log.ok());
  const std::int64_t start_ms = now_ms_;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(AppendAndWait(**log, 2, std::string(100, 'x')).ok());
    now_ms_ += 10;
  }
  EXPECT_GT((*log)->Counters().segments, 2);
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(*(*log)->FindOffset(2, 0), 0);
    EXPECT_EQ(*(*log)->FindOffset(2, start_ms), 0);
    for (int i = 1; i < 20; ++i) {
      EXPECT_EQ(*(*log)->FindOffset(2, start_ms + 10 * i), i) << i;
      EXPECT_EQ(*(*log)->FindOffset(2, start_ms + 10 * i - 9), i) << i;
    }
    EXPECT_EQ(*(*log)->FindOffset(2, start_ms + 191), 20);
    EXPECT_EQ(*(*log)->FindOffset(0, start_ms), 0);
    log->reset();
    log = Open();
    ASSERT_TRUE(log.ok()) << log.status();
  }
}

TEST_F(SegmentLogTest, RetiresSegmentsThatAreOldAndCommitted) {
  options_.segment_bytes = 9'000;
  const auto log = Open();
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(AppendAndWait(**log, 0, std::string(100, 'x')).ok());
  }
  const std::int64_t segments = (*log)->Counters().segments;
  ASSERT_GT(segments, 3);
  now_ms_ += absl::ToInt64Milliseconds(absl::Hours(73));
  // Retention runs between groups: the second answer comes after it.
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(AppendAndWait(**log, 1, "x").ok());
  EXPECT_EQ((*log)->GetBounds(0)->first, 0) << "nothing is committed";

  (*log)->SetCommitted(0, 20);
  (*log)->SetCommitted(1, 1);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(AppendAndWait(**log, 1, "x").ok());
  EXPECT_GT((*log)->GetBounds(0)->first, 10);
  EXPECT_LT((*log)->Counters().segments, segments);
  EXPECT_TRUE(absl::IsOutOfRange((*log)->OpenReader({{0, 0}}).status()));
}

TEST_F(SegmentLogTest, RemembersItsMetaWithoutTheFile) {
  const auto uuid = Open().value()->Uuid();
  ASSERT_TRUE(AppendAndWait(*Open().value(), 0, "x").ok());
  std::filesystem::remove(options_.directory + "/log.meta");
  const auto log = Open();
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->Uuid(), uuid);
}

TEST_F(SegmentLogTest, RefusesSegmentsOfAnotherLog) {
  const std::string own = options_.directory;
  ASSERT_TRUE(AppendAndWait(*Open().value(), 0, "x").ok());
  options_.directory = own + "2";
  ASSERT_TRUE(AppendAndWait(*Open().value(), 0, "x").ok());
  std::filesystem::copy(own + "2/00000000000000000001.segment",
                        own + "/00000000000000000002.segment");
  options_.directory = own;
  EXPECT_TRUE(absl::IsFailedPrecondition(Open().status()));
  std::filesystem::rename(own + "/00000000000000000001.segment",
                          own + "/00000000000000000002.segment");
  EXPECT_TRUE(absl::IsFailedPrecondition(Open().status())) << "a renamed segment";
}

TEST(SegmentLogGroupTest, SyncsLessOftenThanItAppends) {
  FaultFiles files(1);
  const auto log = OpenSegmentLog({.directory = "/log", .min_free_bytes = 0}, files, absl::Now);
  ASSERT_TRUE(log.ok()) << log.status();
  absl::BlockingCounter unanswered(2000);
  // The log's thread is held in the first answer until all calls are queued.
  absl::BlockingCounter calls(2000);
  for (int i = 0; i < 2000; ++i) {
    (*log)->Append({{.partition = i % 16, .payload = "x"}}, [&, i](const absl::Status& status) {
      EXPECT_TRUE(status.ok());
      if (i == 0) calls.Wait();
      unanswered.DecrementCount();
    });
    calls.DecrementCount();
  }
  unanswered.Wait();
  EXPECT_LE(files.SyncCount(), 20);
  EXPECT_EQ((*log)->Counters().appended_batches, 2000);
}

}  // namespace
}  // namespace playhead::aggregator
