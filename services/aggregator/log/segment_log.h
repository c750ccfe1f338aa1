#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/files.h"
#include "services/aggregator/event_source.h"

namespace playhead::aggregator {

struct SegmentLogOptions {
  // Created when it does not exist. Belongs to one process at a time.
  std::string directory;
  // 1 to 256. Fixed at the log's creation.
  int partition_count = 16;
  std::uint64_t segment_bytes = 64 << 20;
  // A group takes what is queued, up to this many bytes (or one call of Append); it never waits for
  // more.
  std::size_t group_bytes = 256 << 10;
  // Segments are kept at least this long by append time, and until every batch in them is
  // committed.
  absl::Duration retention = absl::Hours(72);
  // Beyond this many queued bytes Append answers Unavailable.
  std::size_t max_queue_bytes = 64 << 20;
  // With less free space than this nothing is appended.
  std::uint64_t min_free_bytes = 256 << 20;
};

// Since the log was opened, but for the last two.
struct SegmentLogCounters {
  std::int64_t appended_batches = 0;
  std::int64_t appended_bytes = 0;  // of segment files
  std::int64_t groups = 0;          // one write and one fdatasync each
  double sync_seconds = 0;          // spent in them
  std::int64_t torn_bytes = 0;      // cut off behind the last whole frame at the start
  std::int64_t gaps = 0;            // damaged ranges that readers met
  std::int64_t poisoned_segments = 0;
  std::int64_t segments = 0;
  std::int64_t oldest_append_ms = 0;  // Unix; of the oldest segment's end; 0: empty
};

// The embedded log: segment files in a directory, written by one thread. Readers see durable
// batches only.
class SegmentLog : public EventSource, public LogAppender {
 public:
  // OK; Unavailable: out of space, goes on by itself when there is some; DataLoss: the device
  // failed twice within a minute, the process must end (exit 74) and start again, here or
  // elsewhere.
  virtual absl::Status Health() const = 0;
  virtual SegmentLogCounters Counters() const = 0;
};

// Opens or creates the log, cuts off a torn tail, and starts the writer. `files` must outlive the
// log and its readers; readers may outlive the log. The destructor writes what is queued.
// FailedPrecondition: another process has the directory, another partition count, or files of
// another log. InvalidArgument: an option out of range. Else: what a file operation said.
absl::StatusOr<std::unique_ptr<SegmentLog>> OpenSegmentLog(const SegmentLogOptions& options,
                                                           Files& files, const Clock& clock);

}  // namespace playhead::aggregator
