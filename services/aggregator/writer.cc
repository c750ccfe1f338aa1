#include "services/aggregator/writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/json_log.h"
#include "common/random_id.h"
#include "common/status_macros.h"
#include "services/aggregator/fold_audiences.h"
#include "services/aggregator/fold_rollups.h"

namespace playhead::aggregator {
namespace {

// Counts of one epoch are stored as int4.
constexpr std::int64_t kMaxEpochEvents = 1'000'000'000;
constexpr std::size_t kMaxReasonBytes = 512;

RejectedBatch Reject(const LogRecord& record, std::string reason) {
  if (reason.size() > kMaxReasonBytes) reason.resize(kMaxReasonBytes);
  return {.partition = record.partition,
          .offset = record.offset,
          .append_time_ms = record.append_time_ms,
          .bytes = static_cast<std::int64_t>(record.payload.size()),
          .reason = std::move(reason)};
}

}  // namespace

Writer::Writer(WriterOptions options, EventSource& source, RollupStore& store, Clock clock,
               AggregatorMetrics& metrics)
    : options_(std::move(options)),
      source_(source),
      store_(store),
      clock_(std::move(clock)),
      metrics_(metrics),
      open_(std::make_unique<OpenEpoch>()) {
  for (const int partition : options_.partitions) progress_[partition].partition = partition;
}

Writer::Step Writer::FoldStep() {
  {
    absl::MutexLock lock(&mutex_);
    if (must_reset_) Reset();
    if (!is_open_) {
      if (is_draining_ || frozen_ != nullptr) return Step::kIdle;
    } else if (frozen_ == nullptr && IsFreezeDue()) {
      Freeze();
      return Step::kProgress;
    } else if (is_draining_ || (frozen_ != nullptr && (IsFull() || isolation_.IsActive()))) {
      return Step::kIdle;
    }
  }
  if (reader_ == nullptr) return Acquire();
  return pending_.empty() ? Read() : FoldPending();
}

Writer::Step Writer::Read() {
  absl::StatusOr<LogChunk> chunk = reader_->Read(options_.read_bytes, options_.read_wait);
  if (!chunk.ok()) {
    if (!absl::IsUnavailable(chunk.status())) {
      Log(Severity::kError, "log cannot be read, taking the partitions again",
          {{"status", chunk.status().ToString()}});
      absl::MutexLock lock(&mutex_);
      must_reset_ = true;
    }
    return Step::kRetry;
  }
  const bool is_empty = chunk->records.empty() && chunk->gaps.empty();
  pending_.assign(std::make_move_iterator(chunk->records.begin()),
                  std::make_move_iterator(chunk->records.end()));
  chunk_ = *std::move(chunk);
  if (!pending_.empty()) return FoldPending();
  FinishChunk();
  return is_empty ? Step::kIdle : Step::kProgress;
}

Writer::Step Writer::FoldPending() {
  const absl::Time begin = clock_();
  while (!pending_.empty()) {
    if (!FoldRecord(pending_.front())) return Step::kProgress;
    pending_.pop_front();
  }
  FinishChunk();
  metrics_.fold_seconds.Observe(absl::ToDoubleSeconds(clock_() - begin));
  return Step::kProgress;
}

// False: not now. The epoch has to be frozen or thrown away first.
bool Writer::FoldRecord(const LogRecord& record) {
  Owned& owned = owned_.at(record.partition);
  if (record.offset < owned.read_next) return true;
  const bool is_warm_up = record.offset < owned.fold_from;
  {
    absl::MutexLock lock(&mutex_);
    if (must_reset_ || (!is_warm_up && IsFull())) return false;
  }
  owned.read_next = record.offset + 1;
  const absl::StatusOr<UnpackedBatch> batch = UnpackBatch(record.payload, record.append_time_ms);
  BatchDecision decision;
  if (batch.ok()) decision = owned.state->Decide(*batch, record.append_time_ms);
  if (is_warm_up) return true;

  absl::MutexLock lock(&mutex_);
  if (must_reset_) return true;  // the state that was changed is thrown away, too
  const RecordId id(record.partition, record.offset);
  const Isolation::Treatment treatment = isolation_.Treat(id);
  MarkRecord();
  last_record_ = id;
  ++open_records_;
  if (treatment != Isolation::Treatment::kCount || !batch.ok()) {
    metrics_.batches_rejected.Increment();
    if (treatment != Isolation::Treatment::kIgnore) {
      open_->AddRejectedBatch(
          Reject(record, batch.ok() ? isolation_.Why(id) : std::string(batch.status().message())));
    }
  } else {
    open_->Fold(*batch, decision);
    CountBatch(*batch, decision);
  }
  At(record.partition).folded_next = record.offset + 1;
  return true;
}

void Writer::CountBatch(const UnpackedBatch& batch, const BatchDecision& decision) {
  if (decision.is_resent) {
    metrics_.batches_resent.Increment();
    return;
  }
  const auto duplicates = std::count_if(decision.events.begin(), decision.events.end(),
                                        [](const EventDecision& e) { return e.is_duplicate; });
  metrics_.events_duplicate.Increment(static_cast<double>(duplicates));
  metrics_.events_folded.Increment(static_cast<double>(batch.events.size()) -
                                   static_cast<double>(duplicates));
}

void Writer::FinishChunk() {
  std::size_t state_bytes = 0;
  for (const auto& [partition, owned] : owned_) state_bytes += owned.state->MemoryBytes();
  absl::MutexLock lock(&mutex_);
  state_bytes_ = static_cast<std::int64_t>(state_bytes);
  if (must_reset_) return;
  for (const LogGap& gap : chunk_.gaps) {
    Log(Severity::kError, "offsets of the log are damaged and lost",
        {{"partition", absl::StrCat(gap.partition)},
         {"first", absl::StrCat(gap.first)},
         {"next", absl::StrCat(gap.next)}});
    metrics_.offsets_damaged.Increment(static_cast<double>(gap.next - gap.first));
    PartitionProgress& at = At(gap.partition);
    Owned& owned = owned_.at(gap.partition);
    owned.read_next = std::max(owned.read_next, gap.next);
    if (gap.next <= at.folded_next) continue;
    MarkRecord();
    at.folded_next = gap.next;
  }
  for (const auto& [partition, owned] : owned_) {
    PartitionProgress& at = At(partition);
    at.through_ms = std::max(at.through_ms, chunk_.through_ms);
    at.is_running = owned.read_next >= owned.fold_from || chunk_.at_end;
  }
  chunk_.gaps.clear();
  const bool is_warm = std::all_of(owned_.begin(), owned_.end(), [](const auto& entry) {
    return entry.second.read_next >= entry.second.fold_from;
  });
  is_caught_up_ = is_caught_up_ || chunk_.at_end || (is_warm && IsCaughtUp());
}

// The first record (or gap) of an epoch starts its age.
void Writer::MarkRecord() {
  if (!open_since_.has_value()) open_since_ = clock_();
}

bool Writer::HasMoved() const {
  return std::any_of(progress_.begin(), progress_.end(), [](const auto& entry) {
    return entry.second.folded_next != entry.second.segment_first;
  });
}

bool Writer::IsFull() const {
  if (isolation_.IsActive() && open_records_ >= isolation_.limit()) return true;
  return open_->MemoryBytes() >= options_.max_epoch_bytes ||
         open_->row_count() >= options_.max_epoch_rows || open_->event_count() >= kMaxEpochEvents;
}

bool Writer::IsFreezeDue() const {
  if (!HasMoved()) return false;
  // While a culprit is sought, epochs follow each other without waiting for age.
  const bool is_isolating = isolation_.IsActive() && pending_.empty();
  return freeze_requested_ || is_draining_ || is_isolating || IsFull() ||
         clock_() - *open_since_ >= options_.epoch_age;
}

bool Writer::IsCaughtUp() const {
  return std::all_of(progress_.begin(), progress_.end(), [](const auto& entry) {
    return !entry.second.stopped.empty() || entry.second.folded_next >= entry.second.catch_up_to;
  });
}

void Writer::Freeze() {
  frozen_bytes_ = open_->MemoryBytes();
  auto epoch = std::make_shared<Epoch>(open_->Freeze());
  epoch->token = RandomId();
  for (auto& [partition, at] : progress_) {
    if (!at.stopped.empty()) continue;
    if (at.folded_next == at.segment_first && at.through_ms == at.frozen_through_ms) continue;
    epoch->ranges.push_back({.partition = partition,
                             .first = at.segment_first,
                             .next = at.folded_next,
                             .fence = at.fence,
                             .through_ms = at.through_ms});
    at.segment_first = at.folded_next;
    at.frozen_through_ms = at.through_ms;
  }
  frozen_ = std::move(epoch);
  frozen_records_ = open_records_;
  frozen_record_ = last_record_;
  open_ = std::make_unique<OpenEpoch>();
  open_records_ = 0;
  open_since_.reset();
  last_record_.reset();
  freeze_requested_ = false;
  changed_.SignalAll();
}

Writer::Step Writer::CommitStep() {
  std::shared_ptr<Epoch> epoch;
  {
    absl::MutexLock lock(&mutex_);
    if (frozen_ == nullptr) return Step::kIdle;
    epoch = frozen_;
  }
  if (epoch->rollups.empty()) {
    epoch->rollups = FoldRollups(epoch->facts, epoch->fact_events);
    epoch->audiences = FoldAudiences(epoch->facts);
  }
  const absl::Time begin = clock_();
  const absl::StatusOr<CommitOutcome> outcome = store_.Commit(*epoch);
  metrics_.commit_seconds.Observe(absl::ToDoubleSeconds(clock_() - begin));

  absl::MutexLock lock(&mutex_);
  if (outcome.ok() && *outcome == CommitOutcome::kCommitted) {
    Committed(*epoch);
    return Step::kProgress;
  }
  if (outcome.ok()) {
    metrics_.epochs_lost.Increment();
    Log(Severity::kWarning, "epoch lost to another owner, taking the partitions again");
    frozen_.reset();
    must_reset_ = true;
  } else if (absl::IsInvalidArgument(outcome.status()) && frozen_records_ > 0) {
    Refused(*epoch, outcome.status());
  } else {
    metrics_.epochs_retried.Increment();
    Log(Severity::kWarning, "epoch not committed, trying again",
        {{"status", outcome.status().ToString()}});
  }
  changed_.SignalAll();
  return Step::kRetry;
}

void Writer::Committed(const Epoch& epoch) {
  for (const EpochRange& range : epoch.ranges) {
    At(range.partition).committed_next = range.next;
    source_.SetCommitted(range.partition, range.next);
  }
  isolation_.Committed(epoch);
  frozen_.reset();
  metrics_.epochs_committed.Increment();
  changed_.SignalAll();
}

void Writer::Refused(const Epoch& epoch, const absl::Status& why) {
  metrics_.epochs_refused.Increment();
  Log(Severity::kError, "epoch refused by the store, looking for the record at fault",
      {{"status", why.ToString()}, {"records", absl::StrCat(frozen_records_)}});
  isolation_.Refused(epoch, frozen_records_, *frozen_record_, std::string(why.message()));
  frozen_.reset();
  must_reset_ = true;
}

}  // namespace playhead::aggregator
