#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "services/aggregator/segment_log.h"
#include "tests/aggregator/segment_log_oracle.h"
#include "tests/support/fault_files.h"

namespace playhead::aggregator {
namespace {

class SegmentLogReaderTest : public testing::Test {
 protected:
  void Open() {
    log_.reset();
    auto log =
        OpenSegmentLog(options_, files_, [this] { return absl::FromUnixMillis(now_ms_.load()); });
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  void Append(int partition, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(AppendAndWait(*log_, partition, std::string(100, 'x')).ok());
    }
  }

  FaultFiles files_{1};
  std::atomic<std::int64_t> now_ms_ = 1'700'000'000'000;
  SegmentLogOptions options_{
      .directory = "/log", .partition_count = 2, .segment_bytes = 9'500, .min_free_bytes = 0};
  std::unique_ptr<SegmentLog> log_;
};

TEST_F(SegmentLogReaderTest, ReadsOnlyItsPartitionsFromItsOffsets) {
  Open();
  for (int i = 0; i < 20; ++i) {
    Append(0, 1);
    Append(1, 1);
  }
  for (std::int64_t from = 0; from <= 20; ++from) {
    const auto reader = log_->OpenReader({{1, from}});
    ASSERT_TRUE(reader.ok());
    std::int64_t expected = from;
    for (bool at_end = false; !at_end;) {
      const auto chunk = (*reader)->Read(250, absl::ZeroDuration());
      ASSERT_TRUE(chunk.ok()) << chunk.status();
      EXPECT_LE(chunk->records.size(), 3u);
      EXPECT_TRUE(chunk->gaps.empty());
      for (const LogRecord& record : chunk->records) {
        EXPECT_EQ(record.partition, 1);
        EXPECT_EQ(record.offset, expected++);
      }
      at_end = chunk->at_end;
    }
    EXPECT_EQ(expected, 20);
  }
}

TEST_F(SegmentLogReaderTest, WaitsForTheNextBatch) {
  Open();
  const auto reader = log_->OpenReader({{0, 0}});
  ASSERT_TRUE(reader.ok());
  const auto empty = (*reader)->Read(1000, absl::ZeroDuration());
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->records.empty());
  EXPECT_TRUE(empty->at_end);
  EXPECT_EQ(empty->through_ms, now_ms_);
  absl::Notification reading;
  std::thread appender([&] {
    reading.WaitForNotification();
    Append(1, 1);
    Append(0, 1);
  });
  reading.Notify();
  const auto chunk = (*reader)->Read(1000, absl::Seconds(60));
  appender.join();
  ASSERT_TRUE(chunk.ok());
  ASSERT_EQ(chunk->records.size(), 1u);
  EXPECT_EQ(chunk->records[0].partition, 0);
  EXPECT_GT(chunk->records[0].append_time_ms, empty->through_ms);
}

TEST_F(SegmentLogReaderTest, SaysThatItsOffsetIsGone) {
  Open();
  Append(0, 1);
  const auto reader = log_->OpenReader({{0, 0}});
  const auto idle = log_->OpenReader({{1, 0}});
  ASSERT_TRUE(reader.ok() && idle.ok());
  ASSERT_TRUE((*idle)->Read(1000, absl::ZeroDuration()).ok());
  Append(0, 20);
  now_ms_ += absl::ToInt64Milliseconds(absl::Hours(100));
  log_->SetCommitted(0, 21);
  Append(0, 2);
  ASSERT_GT(log_->GetBounds(0)->first, 0);
  EXPECT_TRUE(absl::IsOutOfRange((*reader)->Read(1000, absl::ZeroDuration()).status()));
  // One that has missed nothing goes on.
  const auto chunk = (*idle)->Read(1000, absl::ZeroDuration());
  ASSERT_TRUE(chunk.ok()) << chunk.status();
  EXPECT_TRUE(chunk->at_end && chunk->records.empty() && chunk->gaps.empty());
}

TEST_F(SegmentLogReaderTest, LosesNothingToAFailedRead) {
  Open();
  Append(0, 30);
  const auto reader = log_->OpenReader({{0, 0}});
  ASSERT_TRUE(reader.ok());
  std::int64_t expected = 0;
  int errors = 0;
  for (int i = 0; expected < 30; ++i) {
    ASSERT_LT(i, 100);
    // Each segment is one opening and one reading.
    files_.FailAt(i % 4 + 1, EIO);
    const auto chunk = (*reader)->Read(1 << 20, absl::ZeroDuration());
    if (!chunk.ok()) {
      ++errors;
      continue;
    }
    for (const LogRecord& record : chunk->records) EXPECT_EQ(record.offset, expected++);
    EXPECT_TRUE(chunk->gaps.empty());
  }
  EXPECT_GT(errors, 0);
}

TEST_F(SegmentLogReaderTest, DoesNotPromiseTheAppendTimeOfAGroupOnItsWay) {
  std::unique_ptr<LogReader> reader;
  std::int64_t through_ms = 0;
  files_.OnSync([&] {
    if (reader == nullptr) return;
    const auto chunk = reader->Read(1000, absl::ZeroDuration());
    ASSERT_TRUE(chunk.ok());
    EXPECT_TRUE(chunk->at_end);
    through_ms = chunk->through_ms;
  });
  Open();
  Append(0, 1);
  auto opened = log_->OpenReader({{0, 1}});
  ASSERT_TRUE(opened.ok());
  reader = *std::move(opened);
  for (int i = 0; i < 3; ++i) {
    Append(0, 1);
    EXPECT_GT(through_ms, 0);
    const auto chunk = reader->Read(1000, absl::ZeroDuration());
    ASSERT_TRUE(chunk.ok());
    ASSERT_EQ(chunk->records.size(), 1u);
    EXPECT_GT(chunk->records[0].append_time_ms, through_ms);
  }
  log_.reset();
}

// The contract of LogChunk::through_ms, under appends from several threads.
TEST_F(SegmentLogReaderTest, NeverTakesABatchAtOrBeforeAnInstantThatItHasPromised) {
  options_.segment_bytes = 64 << 10;
  Open();
  constexpr int kAppenders = 3;
  constexpr int kBatches = 400;
  std::vector<std::thread> appenders;
  std::atomic<int> running = kAppenders;
  for (int a = 0; a < kAppenders; ++a) {
    appenders.emplace_back([&, a] {
      for (int i = 0; i < kBatches; ++i) {
        if (i % 3 == 0) ++now_ms_;
        if (i % 50 == 49) now_ms_ -= 20;
        EXPECT_TRUE(AppendAndWait(*log_, a % 2, "x").ok());
      }
      --running;
    });
  }
  std::vector<std::thread> readers;
  std::atomic<int> records = 0;
  for (int p = 0; p < 2; ++p) {
    readers.emplace_back([&, p] {
      const auto reader = log_->OpenReader({{p, 0}});
      ASSERT_TRUE(reader.ok());
      std::int64_t through_ms = 0;
      while (true) {
        const bool is_last = running == 0;
        const auto chunk = (*reader)->Read(p == 0 ? 1 : 1000, absl::Milliseconds(1));
        ASSERT_TRUE(chunk.ok());
        for (const LogRecord& record : chunk->records) {
          EXPECT_GT(record.append_time_ms, through_ms);
          ++records;
        }
        EXPECT_GE(chunk->through_ms, through_ms);
        through_ms = chunk->through_ms;
        if (is_last && chunk->at_end) break;
      }
    });
  }
  for (std::thread& thread : appenders) thread.join();
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(records, kAppenders * kBatches);
}

}  // namespace
}  // namespace playhead::aggregator
