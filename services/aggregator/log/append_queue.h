#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/aggregator/event_source.h"

namespace playhead::aggregator {

// One call of LogAppender::Append.
struct AppendRequest {
  std::vector<LogAppend> batches;
  std::function<void(absl::Status)> done;
  // Not OK: `done` gets this, in its turn.
  absl::Status refusal = absl::OkStatus();
  std::size_t bytes = 0;  // set by the queue
};

// Requests on their way to the log's thread, bounded in bytes and in number. Safe to call from many
// threads.
class AppendQueue {
 public:
  explicit AppendQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Refuses the request (Unavailable) when the queue holds too many bytes. Waits while it holds too
  // many requests.
  void Push(AppendRequest request);

  // The oldest requests, up to `max_bytes` of them, at least one; waits up to `wait` for the first.
  // Empty: there was none, or the queue is closed and empty.
  std::vector<AppendRequest> Take(std::size_t max_bytes, absl::Duration wait);

  // Take no longer waits.
  void Close();
  bool IsClosedAndEmpty() const;

 private:
  const std::size_t max_bytes_;
  mutable absl::Mutex mutex_;
  std::deque<AppendRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace playhead::aggregator
