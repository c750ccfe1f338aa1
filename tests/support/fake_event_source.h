#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/aggregator/event_source.h"

namespace playhead::aggregator {

// A log in memory. Its clock is what the test appends with.
class FakeEventSource final : public EventSource {
 public:
  explicit FakeEventSource(int partition_count)
      : partitions_(static_cast<std::size_t>(partition_count)) {}

  void Append(int partition, std::string payload, std::int64_t append_time_ms) {
    absl::MutexLock lock(&mutex_);
    Partition& at = partitions_[static_cast<std::size_t>(partition)];
    at.records.push_back({.partition = partition,
                          .offset = at.next++,
                          .append_time_ms = append_time_ms,
                          .payload = std::move(payload)});
    now_ms_ = std::max(now_ms_, append_time_ms);
  }

  // Loses the next `count` offsets.
  void Damage(int partition, std::int64_t count) {
    absl::MutexLock lock(&mutex_);
    Partition& at = partitions_[static_cast<std::size_t>(partition)];
    at.gaps.push_back({.partition = partition, .first = at.next, .next = at.next + count});
    at.next += count;
  }

  // Retention takes what is below.
  void Forget(int partition, std::int64_t first) {
    absl::MutexLock lock(&mutex_);
    Partition& at = partitions_[static_cast<std::size_t>(partition)];
    at.first = first;
    std::erase_if(at.records, [&](const LogRecord& r) { return r.offset < first; });
  }

  void FailReads(int count) {
    absl::MutexLock lock(&mutex_);
    failing_reads_ = count;
  }

  // As if the log had ended there when it was opened.
  void SetTrusted(int partition, std::int64_t next) {
    absl::MutexLock lock(&mutex_);
    partitions_[static_cast<std::size_t>(partition)].trusted_next = next;
  }

  std::int64_t Committed(int partition) const {
    absl::MutexLock lock(&mutex_);
    return partitions_[static_cast<std::size_t>(partition)].committed;
  }

  int PartitionCount() const override { return static_cast<int>(partitions_.size()); }
  Id128 Uuid() const override { return {.high = 1, .low = 2}; }

  absl::StatusOr<Bounds> GetBounds(int partition) const override {
    absl::MutexLock lock(&mutex_);
    const Partition& at = partitions_[static_cast<std::size_t>(partition)];
    return Bounds{.first = at.first, .next = at.next, .trusted_next = at.trusted_next};
  }

  absl::StatusOr<std::int64_t> FindOffset(int partition, std::int64_t time_ms) const override {
    absl::MutexLock lock(&mutex_);
    const Partition& at = partitions_[static_cast<std::size_t>(partition)];
    for (const LogRecord& record : at.records) {
      if (record.append_time_ms >= time_ms) return record.offset;
    }
    return at.next;
  }

  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(
      std::vector<PartitionOffset> from) override {
    return std::make_unique<Reader>(*this, std::move(from));
  }

  void SetCommitted(int partition, std::int64_t next) override {
    absl::MutexLock lock(&mutex_);
    Partition& at = partitions_[static_cast<std::size_t>(partition)];
    at.committed = next;
    at.trusted_next = std::max(at.trusted_next, next);
  }

 private:
  struct Partition {
    std::vector<LogRecord> records;
    std::vector<LogGap> gaps;
    std::int64_t first = 0;
    std::int64_t next = 0;
    std::int64_t committed = -1;
    std::int64_t trusted_next = std::numeric_limits<std::int64_t>::max();
  };

  class Reader final : public LogReader {
   public:
    Reader(FakeEventSource& source, std::vector<PartitionOffset> from)
        : source_(source), from_(std::move(from)) {}

    // Never waits.
    absl::StatusOr<LogChunk> Read(std::size_t max_bytes, absl::Duration /*wait*/) override {
      return source_.Read(from_, max_bytes);
    }

   private:
    FakeEventSource& source_;
    std::vector<PartitionOffset> from_;
  };

  absl::StatusOr<LogChunk> Read(std::vector<PartitionOffset>& from, std::size_t max_bytes) {
    absl::MutexLock lock(&mutex_);
    if (failing_reads_ > 0 && failing_reads_-- > 0) return absl::UnavailableError("log is away");
    LogChunk chunk;
    chunk.at_end = true;
    chunk.through_ms = now_ms_;
    std::size_t bytes = 0;
    for (PartitionOffset& offset : from) {
      const Partition& at = partitions_[static_cast<std::size_t>(offset.partition)];
      if (offset.offset < at.first || offset.offset > at.next) {
        return absl::OutOfRangeError(absl::StrCat("partition ", offset.partition));
      }
      const std::int64_t begin = offset.offset;
      for (const LogRecord& record : at.records) {
        if (record.offset < offset.offset) continue;
        if (bytes >= max_bytes) {
          chunk.at_end = false;
          chunk.through_ms = std::min(chunk.through_ms, record.append_time_ms - 1);
          break;
        }
        bytes += record.payload.size();
        chunk.records.push_back(record);
        offset.offset = record.offset + 1;
      }
      for (const LogGap& gap : at.gaps) {
        const bool is_reached = gap.first >= begin && gap.first <= offset.offset;
        const bool is_passed = gap.first >= begin && gap.next <= offset.offset;
        if (!is_reached && !is_passed) continue;
        chunk.gaps.push_back(gap);
        offset.offset = std::max(offset.offset, gap.next);
      }
    }
    return chunk;
  }

  mutable absl::Mutex mutex_;
  std::vector<Partition> partitions_ ABSL_GUARDED_BY(mutex_);
  std::int64_t now_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  int failing_reads_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace playhead::aggregator
