#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/clock.h"
#include "common/files.h"
#include "services/aggregator/log/append_queue.h"
#include "services/aggregator/log/segment_log.h"
#include "services/aggregator/log/segment_log_view.h"
#include "services/aggregator/log/segment_recovery.h"
#include "services/aggregator/log/segment_writer.h"

namespace playhead::aggregator {

// Writes groups into segments, rolls and retires them, and decides what a failing device means.
// Used by the log's thread; Health and Counters by any.
class SegmentLogWriter {
 public:
  // `files` and `view` must outlive the writer.
  SegmentLogWriter(SegmentLogOptions options, Files& files, Clock clock, SegmentLogView& view,
                   const RecoveredLog& recovered);

  // Makes the batches durable and shows them to readers, in this order. Unavailable: none of them
  // is acked.
  absl::Status Commit(const std::vector<AppendRequest>& group);

  // Notes that all groups before are durable, when that is not noted yet, so that damage to the
  // last one can be told from a torn tail.
  void MarkDurable();

  // Removes the segments that retention lets go.
  void Retire();

  absl::Status Health() const;
  SegmentLogCounters Counters() const;

 private:
  absl::Status CheckSpace() const;
  absl::Status EnsureSegment(std::size_t group_bytes);
  absl::Status Seal();
  absl::Status Begin();
  absl::Status WriteGroup(const std::vector<AppendRequest>& group);
  absl::Status TimedWrite(const std::string& frames);
  absl::Status Failed(const absl::Status& failure);
  void SetHealth(absl::Status health);

  const SegmentLogOptions options_;
  Files& files_;
  const Clock clock_;
  SegmentLogView& view_;
  const Id128 uuid_;
  std::random_device random_;
  std::unique_ptr<SegmentWriter> writer_;  // null: no segment is being written
  std::uint64_t last_number_ = 0;
  bool is_marked_ = true;
  std::optional<absl::Time> last_failure_;
  mutable absl::Mutex mutex_;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  SegmentLogCounters counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::aggregator
