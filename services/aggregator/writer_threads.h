#pragma once

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/aggregator/writer.h"

namespace playhead::aggregator {

// Runs a writer: one thread folds, one commits. What is away is tried again for ever, after 0.1 to
// 2 s.
class WriterThreads {
 public:
  // `writer` must outlive the threads.
  explicit WriterThreads(Writer& writer);
  // Ends both threads after their current steps; what is not committed is left to the log.
  ~WriterThreads();
  WriterThreads(const WriterThreads&) = delete;
  WriterThreads& operator=(const WriterThreads&) = delete;

  // Reads no more and commits what is folded; false: not within `limit`.
  bool Drain(absl::Duration limit);

 private:
  void FoldLoop();
  void CommitLoop();
  bool IsStopped() const;
  // Sleeps, but not beyond the stop.
  void Pause(absl::Duration duration) const;

  Writer& writer_;
  mutable absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread fold_thread_;
  std::thread commit_thread_;
};

}  // namespace playhead::aggregator
