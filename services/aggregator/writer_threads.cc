#include "services/aggregator/writer_threads.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/time/clock.h"

namespace playhead::aggregator {
namespace {

constexpr absl::Duration kLeastBackoff = absl::Milliseconds(100);
constexpr absl::Duration kGreatestBackoff = absl::Seconds(2);
constexpr absl::Duration kStoppedPause = absl::Seconds(30);
constexpr absl::Duration kIdlePause = absl::Milliseconds(20);

// Doubles from try to try, with half of it random.
class Backoff {
 public:
  absl::Duration Next() {
    const absl::Duration pause = next_ * absl::Uniform(random_, 0.5, 1.0);
    next_ = std::min(2 * next_, kGreatestBackoff);
    return pause;
  }
  void Reset() { next_ = kLeastBackoff; }

 private:
  absl::BitGen random_;
  absl::Duration next_ = kLeastBackoff;
};

}  // namespace

WriterThreads::WriterThreads(Writer& writer)
    : writer_(writer),
      fold_thread_([this] { FoldLoop(); }),
      commit_thread_([this] { CommitLoop(); }) {}

WriterThreads::~WriterThreads() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopped_ = true;
  }
  fold_thread_.join();
  commit_thread_.join();
}

void WriterThreads::FoldLoop() {
  Backoff backoff;
  while (!IsStopped()) {
    const Writer::Step step = writer_.FoldStep();
    writer_.ExportMetrics();
    if (step == Writer::Step::kProgress) backoff.Reset();
    if (step == Writer::Step::kIdle) writer_.AwaitChange(kIdlePause);
    if (step == Writer::Step::kRetry) Pause(backoff.Next());
    if (step == Writer::Step::kStopped) Pause(kStoppedPause);
  }
}

void WriterThreads::CommitLoop() {
  Backoff backoff;
  while (!IsStopped()) {
    const Writer::Step step = writer_.CommitStep();
    if (step == Writer::Step::kProgress) backoff.Reset();
    if (step == Writer::Step::kIdle) writer_.AwaitChange(kIdlePause);
    if (step == Writer::Step::kRetry) Pause(backoff.Next());
  }
}

bool WriterThreads::Drain(absl::Duration limit) {
  const absl::Time until = absl::Now() + limit;
  writer_.BeginDrain();
  while (!writer_.IsEmpty()) {
    if (absl::Now() >= until) return false;
    writer_.AwaitChange(kIdlePause);
  }
  return true;
}

bool WriterThreads::IsStopped() const {
  absl::MutexLock lock(&mutex_);
  return is_stopped_;
}

void WriterThreads::Pause(absl::Duration duration) const {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&is_stopped_), duration);
}

}  // namespace playhead::aggregator
