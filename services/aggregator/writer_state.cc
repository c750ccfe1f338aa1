// How a writer takes its partitions, and how others look at it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/json_log.h"
#include "common/status_macros.h"
#include "services/aggregator/writer.h"

namespace playhead::aggregator {

Writer::Step Writer::Acquire() {
  const absl::StatusOr<std::vector<Ownership>> owned =
      store_.Acquire(source_.Uuid(), source_.PartitionCount(), options_.partitions);
  if (absl::IsFailedPrecondition(owned.status())) {
    Log(Severity::kError, "the store belongs to another log: partitions are stopped",
        {{"status", owned.status().ToString()}});
    absl::MutexLock lock(&mutex_);
    for (auto& [partition, at] : progress_) at.stopped = std::string(owned.status().message());
    return Step::kStopped;
  }
  const absl::Status opened = owned.ok() ? Open(*owned) : owned.status();
  if (!opened.ok()) {
    Log(Severity::kWarning, "partitions cannot be taken, trying again",
        {{"status", opened.ToString()}});
    return Step::kRetry;
  }
  return owned_.empty() ? Step::kStopped : Step::kProgress;
}

absl::Status Writer::Open(const std::vector<Ownership>& owned) {
  std::map<int, Owned> states;
  std::map<int, PartitionProgress> progress;
  std::vector<PartitionOffset> from;
  for (Ownership ownership : owned) {
    ownership.through_ms = std::max<std::int64_t>(ownership.through_ms, 0);
    ASSIGN_OR_RETURN(const EventSource::Bounds bounds, source_.GetBounds(ownership.partition));
    PartitionProgress& at = progress[ownership.partition];
    at = {.partition = ownership.partition,
          .fence = ownership.fence,
          .committed_next = ownership.next,
          .segment_first = ownership.next,
          .folded_next = ownership.next,
          .through_ms = ownership.through_ms,
          .frozen_through_ms = ownership.through_ms,
          .catch_up_to = bounds.next,
          .stopped = {}};
    const std::int64_t greatest = std::min(bounds.next, bounds.trusted_next);
    if (ownership.next < bounds.first || ownership.next > greatest) {
      at.stopped =
          absl::StrCat("offset ", ownership.next, " is not in the log, which holds [", bounds.first,
                       ", ", greatest, ")", greatest < bounds.next ? " from before its start" : "");
      Log(Severity::kError, "partition is stopped",
          {{"partition", absl::StrCat(ownership.partition)}, {"detail", at.stopped}});
      continue;
    }
    ASSIGN_OR_RETURN(const std::int64_t warm_up, WarmUpOffset(ownership));
    states[ownership.partition] = {.state = std::make_unique<PartitionState>(options_.windows),
                                   .fold_from = ownership.next,
                                   .read_next = warm_up};
    from.push_back({.partition = ownership.partition, .offset = warm_up});
  }
  if (!from.empty()) {
    ASSIGN_OR_RETURN(reader_, source_.OpenReader(std::move(from)));
  }
  owned_ = std::move(states);
  pending_.clear();
  chunk_ = {};

  absl::MutexLock lock(&mutex_);
  progress_ = std::move(progress);
  is_open_ = !owned_.empty();
  is_caught_up_ = owned_.empty();
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> Writer::WarmUpOffset(const Ownership& owned) const {
  const std::int64_t from_ms =
      PartitionState::WarmUpFrom(owned.through_ms, options_.windows.window_ms);
  ASSIGN_OR_RETURN(const std::int64_t offset, source_.FindOffset(owned.partition, from_ms));
  return std::min(offset, owned.next);
}

// Forgets everything but what is committed.
void Writer::Reset() {
  must_reset_ = false;
  is_open_ = false;
  is_caught_up_ = false;
  reader_.reset();
  owned_.clear();
  pending_.clear();
  chunk_ = {};
  open_ = std::make_unique<OpenEpoch>();
  open_records_ = 0;
  open_since_.reset();
  last_record_.reset();
  for (auto& [partition, at] : progress_) {
    at.segment_first = at.folded_next = 0;
    at.is_running = false;
  }
}

PartitionProgress& Writer::At(int partition) { return progress_.at(partition); }

void Writer::RequestFreeze() {
  absl::MutexLock lock(&mutex_);
  freeze_requested_ = true;
}

void Writer::BeginDrain() {
  absl::MutexLock lock(&mutex_);
  is_draining_ = true;
}

bool Writer::IsEmpty() const {
  absl::MutexLock lock(&mutex_);
  return frozen_ == nullptr && (must_reset_ || !HasMoved());
}

void Writer::AwaitChange(absl::Duration limit) const {
  absl::MutexLock lock(&mutex_);
  changed_.WaitWithTimeout(&mutex_, limit);
}

std::vector<PartitionProgress> Writer::Progress() const {
  absl::MutexLock lock(&mutex_);
  std::vector<PartitionProgress> all;
  for (const auto& [partition, at] : progress_) all.push_back(at);
  return all;
}

std::int64_t Writer::MemoryBytes() const {
  absl::MutexLock lock(&mutex_);
  const std::size_t frozen_bytes = frozen_ == nullptr ? 0 : frozen_bytes_;
  return state_bytes_ + static_cast<std::int64_t>(open_->MemoryBytes() + frozen_bytes);
}

void Writer::ExportMetrics() const {
  for (const PartitionProgress& at : Progress()) {
    const absl::StatusOr<EventSource::Bounds> bounds = source_.GetBounds(at.partition);
    if (!bounds.ok() || at.committed_next < 0) continue;
    metrics_.lag_records.Add({{"partition", absl::StrCat(at.partition)}})
        .Set(static_cast<double>(bounds->next - at.committed_next));
  }
  metrics_.memory_bytes.Add({{"writer", absl::StrCat(options_.index)}})
      .Set(static_cast<double>(MemoryBytes()));
}

v1::TailSegment Writer::OpenSegment() const {
  v1::TailSegment segment;
  segment.set_writer(options_.index);
  for (const auto& [partition, at] : progress_) {
    if (!at.stopped.empty()) continue;
    v1::PartitionRange& range = *segment.add_ranges();
    range.set_partition(partition);
    range.set_first(at.segment_first);
    range.set_next(at.folded_next);
    range.set_through_ms(at.through_ms);
  }
  return segment;
}

absl::StatusOr<std::vector<v1::TailSegment>> Writer::ReadTail(const TailQuery& query,
                                                              std::size_t max_bytes) const {
  std::shared_ptr<const Epoch> frozen;
  std::vector<v1::TailSegment> segments;
  {
    absl::MutexLock lock(&mutex_);
    if (must_reset_ || !is_caught_up_) {
      return absl::UnavailableError(
          absl::StrCat("writer ", options_.index, " is rebuilding its state from the log"));
    }
    frozen = frozen_;
    segments.push_back(OpenSegment());
    const TailFacts facts = {open_->strings(), open_->facts(), open_->fact_events()};
    RETURN_IF_ERROR(AddTailRows(query, facts, max_bytes, segments.back()));
  }
  if (frozen == nullptr) return segments;
  v1::TailSegment segment;
  segment.set_writer(options_.index);
  for (const EpochRange& range : frozen->ranges) {
    v1::PartitionRange& added = *segment.add_ranges();
    added.set_partition(range.partition);
    added.set_first(range.first);
    added.set_next(range.next);
    added.set_through_ms(range.through_ms);
  }
  const TailFacts facts = {frozen->strings, frozen->facts, frozen->fact_events};
  RETURN_IF_ERROR(AddTailRows(query, facts, max_bytes, segment));
  segments.insert(segments.begin(), std::move(segment));
  return segments;
}

}  // namespace playhead::aggregator
