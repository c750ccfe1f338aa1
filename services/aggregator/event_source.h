#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/event.h"

namespace playhead::aggregator {

struct LogRecord {
  int partition = 0;
  std::int64_t offset = 0;
  // When the log took it, Unix ms; never goes back within a partition.
  std::int64_t append_time_ms = 0;
  // A serialized EventBatch, not looked at.
  std::string payload;
};

// Offsets [first, next) that are damaged and lost.
struct LogGap {
  int partition = 0;
  std::int64_t first = 0;
  std::int64_t next = 0;
};

struct PartitionOffset {
  int partition = 0;
  std::int64_t offset = 0;
};

struct LogChunk {
  // In offset order within each partition.
  std::vector<LogRecord> records;
  std::vector<LogGap> gaps;
  // Every record of the reader's partitions that the log took at or before this instant has been
  // returned by this Read or an earlier one. Unix ms.
  std::int64_t through_ms = 0;
  // The end of the log was reached.
  bool at_end = false;
};

// Reads a set of partitions from given offsets on. Used by one thread.
class LogReader {
 public:
  virtual ~LogReader() = default;

  // The next durable records, about `max_bytes` of them; waits up to `wait` when there are none
  // yet, then returns an empty chunk. OutOfRange: an offset is no longer (or not yet) in the log.
  // Unavailable: try again.
  virtual absl::StatusOr<LogChunk> Read(std::size_t max_bytes, absl::Duration wait) = 0;
};

// Where the aggregator reads batches from: the embedded log, or Kafka. Safe to call from many
// threads.
class EventSource {
 public:
  virtual ~EventSource() = default;

  virtual int PartitionCount() const = 0;
  // Which log this is; fixed at its creation.
  virtual Id128 Uuid() const = 0;

  struct Bounds {
    std::int64_t first = 0;  // oldest offset that is kept
    std::int64_t next = 0;   // first offset that is not durable yet
    // The greatest offset that the store can hold: `next` when the log was opened, or what was
    // committed since. A store that is further has seen records that the log has lost, and whose
    // offsets are used again.
    std::int64_t trusted_next = std::numeric_limits<std::int64_t>::max();
  };
  virtual absl::StatusOr<Bounds> GetBounds(int partition) const = 0;

  // The first kept offset whose append time is at or after `time_ms`; `next` when there is none.
  virtual absl::StatusOr<std::int64_t> FindOffset(int partition, std::int64_t time_ms) const = 0;

  // OutOfRange: an offset is below `first` or above `next`.
  virtual absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(
      std::vector<PartitionOffset> from) = 0;

  // Everything below `next` is committed to the store: retention may take it when it is old enough.
  virtual void SetCommitted(int partition, std::int64_t next) = 0;
};

// One batch to append.
struct LogAppend {
  int partition = 0;
  std::string payload;
};

// The writing side of the embedded log. Safe to call from many threads.
class LogAppender {
 public:
  virtual ~LogAppender() = default;

  // Calls `done` exactly once, in the order of calls, from the log's own thread: OK when every
  // batch is durable. InvalidArgument: no such partition or a batch over 2 MiB (nothing was
  // appended). Unavailable: the log cannot take more, or failed; some of the batches may be
  // durable.
  virtual void Append(std::vector<LogAppend> batches, std::function<void(absl::Status)> done) = 0;
};

}  // namespace playhead::aggregator
