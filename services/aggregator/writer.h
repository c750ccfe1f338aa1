#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "services/aggregator/aggregator_metrics.h"
#include "services/aggregator/event_source.h"
#include "services/aggregator/fold.h"
#include "services/aggregator/isolation.h"
#include "services/aggregator/partition.h"
#include "services/aggregator/rollup_store.h"
#include "services/aggregator/tail.h"

namespace playhead::aggregator {

struct WriterOptions {
  int index = 0;                // names the writer in its tail segments
  std::vector<int> partitions;  // ascending
  WindowLimits windows;
  absl::Duration epoch_age = absl::Seconds(60);
  // An epoch that reaches one of these is frozen; reading waits while another one is frozen.
  std::size_t max_epoch_bytes = std::size_t{256} << 20;
  std::size_t max_epoch_rows = 1'000'000;
  std::size_t read_bytes = std::size_t{1} << 20;
  absl::Duration read_wait = absl::Milliseconds(20);
};

// Where a writer stands in one of its partitions.
struct PartitionProgress {
  int partition = 0;
  std::int64_t fence = 0;
  std::int64_t committed_next = -1;  // -1: not known yet
  std::int64_t segment_first = 0;    // the open epoch's range is [segment_first, folded_next)
  std::int64_t folded_next = 0;
  std::int64_t through_ms = 0;  // as LogChunk::through_ms, of what is folded
  std::int64_t frozen_through_ms = 0;
  std::int64_t catch_up_to = 0;  // the end of the log when the partition was taken
  bool is_running = false;       // its state is rebuilt
  std::string stopped;           // why; empty: it is not
};

// Folds the records of its partitions into epochs and commits them: an open epoch that grows and at
// most one frozen epoch that is being committed. FoldStep belongs to one thread and CommitStep to
// another (or the same); neither sleeps, except that FoldStep waits `read_wait` for new records.
// Both may be called at any time; the store is never called by both at once. Everything else may be
// called from any thread.
class Writer {
 public:
  // All must outlive the writer.
  Writer(WriterOptions options, EventSource& source, RollupStore& store, Clock clock,
         AggregatorMetrics& metrics);

  enum class Step {
    kProgress,  // call again
    kIdle,      // nothing to do
    kRetry,     // something outside is away: call again after a while
    kStopped,   // every partition is stopped: call again after a long while
  };

  // Takes the partitions, rebuilds state, reads, folds or freezes: one of these.
  Step FoldStep();

  // Tries once to commit the frozen epoch. kRetry: also after it was lost or refused.
  Step CommitStep();

  // Freezes the open epoch as soon as no other one is frozen, then goes on.
  void RequestFreeze();

  // From now on nothing more is read; what is folded gets frozen.
  void BeginDrain();

  // Whether nothing is folded that is not committed.
  bool IsEmpty() const;

  // Waits until an epoch was frozen or its commit was decided, at most `limit`.
  void AwaitChange(absl::Duration limit) const;

  // What is folded and not known to be committed. Unavailable: state is being rebuilt.
  // ResourceExhausted: more than `max_bytes`.
  absl::StatusOr<std::vector<v1::TailSegment>> ReadTail(const TailQuery& query,
                                                        std::size_t max_bytes) const;

  // In partition order.
  std::vector<PartitionProgress> Progress() const;
  // Epochs and windows, estimated.
  std::int64_t MemoryBytes() const;
  int index() const { return options_.index; }

  // Sets the metrics that are levels, not counts.
  void ExportMetrics() const;

 private:
  // State of a partition that only FoldStep touches.
  struct Owned {
    std::unique_ptr<PartitionState> state;
    std::int64_t fold_from = 0;  // records before only rebuild state
    std::int64_t read_next = 0;
  };

  Step Acquire();
  absl::Status Open(const std::vector<Ownership>& owned);
  absl::StatusOr<std::int64_t> WarmUpOffset(const Ownership& owned) const;
  Step Read();
  Step FoldPending();
  bool FoldRecord(const LogRecord& record);
  void FinishChunk();
  void CountBatch(const UnpackedBatch& batch, const BatchDecision& decision);

  void Reset() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PartitionProgress& At(int partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasMoved() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsFull() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsFreezeDue() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsCaughtUp() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void MarkRecord() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Freeze() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Committed(const Epoch& epoch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refused(const Epoch& epoch, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::TailSegment OpenSegment() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const WriterOptions options_;
  EventSource& source_;
  RollupStore& store_;
  const Clock clock_;
  AggregatorMetrics& metrics_;

  // Of FoldStep only.
  std::unique_ptr<LogReader> reader_;
  std::map<int, Owned> owned_;
  std::deque<LogRecord> pending_;
  LogChunk chunk_;  // the rest of the chunk that `pending_` is from

  mutable absl::Mutex mutex_;
  mutable absl::CondVar changed_;
  std::map<int, PartitionProgress> progress_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<OpenEpoch> open_ ABSL_GUARDED_BY(mutex_);
  std::int64_t open_records_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Time> open_since_ ABSL_GUARDED_BY(mutex_);
  std::optional<RecordId> last_record_ ABSL_GUARDED_BY(mutex_);
  // Readers look at its facts; its rollups belong to CommitStep.
  std::shared_ptr<Epoch> frozen_ ABSL_GUARDED_BY(mutex_);
  std::int64_t frozen_records_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t frozen_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<RecordId> frozen_record_ ABSL_GUARDED_BY(mutex_);
  Isolation isolation_ ABSL_GUARDED_BY(mutex_);
  bool must_reset_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;  // partitions are taken
  bool is_caught_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool freeze_requested_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::int64_t state_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace playhead::aggregator
