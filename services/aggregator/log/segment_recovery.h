#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/files.h"
#include "services/aggregator/log/log_meta.h"
#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

// A log as it is found at a start.
struct RecoveredLog {
  LogMeta meta;
  std::deque<Segment> segments;
  std::vector<std::int64_t> next;  // by partition
  std::int64_t last_ms = 0;        // no append time is later
  std::uint64_t last_number = 0;   // the greatest of any segment file
  // The last segment is neither sealed nor unreadable: frames may follow.
  bool can_resume = false;
  std::uint64_t last_group = 0;  // of the last segment, as SegmentScan says
  std::int64_t torn_bytes = 0;
};

// Reads what the directory holds, or creates a log with `partition_count` partitions in it. Sealed
// segments are trusted, others are scanned; what follows the last whole frame of the last segment
// is set aside and cut off; all that remains is durable. FailedPrecondition: files of another log,
// or the log cannot be told apart from damage.
absl::StatusOr<RecoveredLog> RecoverLog(Files& files, const std::string& directory,
                                        int partition_count);

}  // namespace playhead::aggregator
