#include "services/aggregator/store/fold_loop.h"

#include <string>
#include <utility>

#include "common/json_log.h"

namespace playhead::aggregator {

namespace {

FoldLoopOptions With(std::shared_ptr<const postgres::Interrupt> interrupt,
                     FoldLoopOptions options) {
  options.fold.connection.interrupt = std::move(interrupt);
  return options;
}

}  // namespace

FoldLoop::FoldLoop(FoldLoopOptions options, Clock clock)
    : options_(With(interrupt_, std::move(options))),
      clock_(std::move(clock)),
      folder_(MakeTierFolder(options_.fold)),
      thread_([this] { Loop(); }) {}

FoldLoop::~FoldLoop() {
  stop_.Notify();
  interrupt_->Set();
  thread_.join();
}

void FoldLoop::Loop() {
  absl::Time next_retention = clock_() + options_.interval;
  while (!stop_.WaitForNotificationWithTimeout(options_.interval)) {
    FoldTier(0);
    FoldTier(1);
    if (clock_() < next_retention || stop_.HasBeenNotified()) continue;
    DropOld();
    next_retention = clock_() + options_.retention_interval;
  }
}

void FoldLoop::FoldTier(int from_tier) {
  while (!stop_.HasBeenNotified()) {
    const auto result = folder_->RunOnce(from_tier, clock_());
    if (!result.ok() && stop_.HasBeenNotified()) return;  // interrupted
    ++counts_.runs;
    if (!result.ok()) {
      ++counts_.errors;
      Log(Severity::kWarning, "fold failed",
          {{"from_tier", std::to_string(from_tier)}, {"error", result.status().ToString()}});
      return;
    }
    if (result->epochs == 0) return;
    counts_.epochs += result->epochs;
    counts_.rows += result->rows;
  }
}

void FoldLoop::DropOld() {
  const auto connection = postgres::Connection::Open(options_.fold.connection);
  const auto result = connection.ok()
                          ? DropOldPartitions(**connection, options_.retention, clock_())
                          : absl::StatusOr<RetentionResult>(connection.status());
  if (!result.ok()) {
    ++counts_.errors;
    Log(Severity::kWarning, "retention failed", {{"error", result.status().ToString()}});
    return;
  }
  counts_.dropped_partitions += static_cast<std::int64_t>(result->dropped.size());
  for (const std::string& name : result->kept) {
    Log(Severity::kWarning, "partition kept: in use or not folded", {{"partition", name}});
  }
}

}  // namespace playhead::aggregator
