#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "services/aggregator/store/fold_tiers.h"
#include "services/aggregator/store/retention.h"

namespace playhead::aggregator {

struct FoldLoopOptions {
  FoldOptions fold;
  Retention retention;
  // Between two rounds of folds.
  absl::Duration interval = absl::Seconds(60);
  // Between two runs of retention; the first is one interval after the start.
  absl::Duration retention_interval = absl::Hours(1);
};

// What the loop has done since its start. Safe to read from any thread.
struct FoldLoopCounts {
  std::atomic<std::int64_t> runs{0};
  std::atomic<std::int64_t> epochs{0};
  std::atomic<std::int64_t> rows{0};
  std::atomic<std::int64_t> errors{0};
  std::atomic<std::int64_t> dropped_partitions{0};
};

// Folds and drops old partitions in a thread of its own until it is destroyed. Errors are logged
// and counted, and the next round tries again.
class FoldLoop {
 public:
  FoldLoop(FoldLoopOptions options, Clock clock);
  // Ends the running statement; a fold that has not committed leaves nothing.
  ~FoldLoop();

  const FoldLoopCounts& counts() const { return counts_; }

 private:
  void Loop();
  void FoldTier(int from_tier);
  void DropOld();

  const std::shared_ptr<postgres::Interrupt> interrupt_ = std::make_shared<postgres::Interrupt>();
  const FoldLoopOptions options_;
  const Clock clock_;
  const std::unique_ptr<TierFolder> folder_;
  FoldLoopCounts counts_;
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace playhead::aggregator
