#include "services/aggregator/log/segment_log_view.h"

#include <algorithm>
#include <utility>

#include "services/aggregator/log/segment_retention.h"

namespace playhead::aggregator {

SegmentLogView::SegmentLogView(std::deque<Segment> segments, std::vector<std::int64_t> next,
                               std::int64_t last_ms, Clock clock)
    : clock_(std::move(clock)),
      segments_(std::move(segments)),
      next_(std::move(next)),
      opened_next_(next_),
      committed_(next_.size(), 0),
      last_ms_(last_ms),
      promised_ms_(last_ms - 1) {}

std::int64_t SegmentLogView::BeginGroup() {
  const std::int64_t now = Now();
  const absl::MutexLock lock(&mutex_);
  last_ms_ = std::max({now, last_ms_, promised_ms_ + 1});
  is_group_open_ = true;
  return last_ms_;
}

void SegmentLogView::Publish(const Segment& segment) {
  const absl::MutexLock lock(&mutex_);
  if (!segments_.empty() && segments_.back().number == segment.number) {
    segments_.back() = segment;
  } else {
    segments_.push_back(segment);
  }
  for (std::size_t p = 0; p < next_.size(); ++p) next_[p] = segment.spans[p].next;
  is_group_open_ = false;
}

void SegmentLogView::AbandonGroup() {
  const absl::MutexLock lock(&mutex_);
  is_group_open_ = false;
}

std::optional<Segment> SegmentLogView::Last() const {
  const absl::MutexLock lock(&mutex_);
  if (segments_.empty()) return std::nullopt;
  return segments_.back();
}

std::vector<std::int64_t> SegmentLogView::NextOffsets() const {
  const absl::MutexLock lock(&mutex_);
  return next_;
}

void SegmentLogView::SetCommitted(int partition, std::int64_t next) {
  const absl::MutexLock lock(&mutex_);
  std::int64_t& committed = committed_[static_cast<std::size_t>(partition)];
  committed = std::max(committed, next);
}

std::vector<std::uint64_t> SegmentLogView::Retire(absl::Duration retention) {
  const std::int64_t oldest_ms = absl::ToUnixMillis(clock_() - retention);
  std::vector<std::uint64_t> numbers;
  const absl::MutexLock lock(&mutex_);
  for (std::size_t n = CountRetired(segments_, committed_, oldest_ms); n > 0; --n) {
    numbers.push_back(segments_.front().number);
    segments_.pop_front();
  }
  return numbers;
}

EventSource::Bounds SegmentLogView::GetBounds(std::size_t partition) const {
  const absl::MutexLock lock(&mutex_);
  const std::int64_t next = next_[partition];
  return {.first = segments_.empty() ? next : segments_.front().base[partition],
          .next = next,
          .trusted_next = std::max(opened_next_[partition], committed_[partition])};
}

absl::StatusOr<SegmentLogView::Snapshot> SegmentLogView::Find(std::uint64_t number) const {
  const absl::MutexLock lock(&mutex_);
  for (auto it = segments_.rbegin(); it != segments_.rend(); ++it) {
    if (it->number == number) return Snapshot{.segment = *it, .is_last = it == segments_.rbegin()};
  }
  return absl::NotFoundError("the segment is retired");
}

std::optional<std::uint64_t> SegmentLogView::SegmentOf(
    const std::vector<PartitionOffset>& from) const {
  const absl::MutexLock lock(&mutex_);
  for (auto it = segments_.rbegin(); it != segments_.rend(); ++it) {
    const bool is_before = std::all_of(from.begin(), from.end(), [&](const PartitionOffset& f) {
      return it->base[static_cast<std::size_t>(f.partition)] <= f.offset;
    });
    if (is_before) return it->number;
  }
  if (segments_.empty()) return std::nullopt;
  return segments_.front().number;
}

std::optional<std::uint64_t> SegmentLogView::After(std::uint64_t number) const {
  const absl::MutexLock lock(&mutex_);
  for (const Segment& segment : segments_) {
    if (segment.number > number) return segment.number;
  }
  return std::nullopt;
}

std::vector<Segment> SegmentLogView::Segments() const {
  const absl::MutexLock lock(&mutex_);
  return {segments_.begin(), segments_.end()};
}

bool SegmentLogView::IsAtEnd(const Place& place) const {
  if (segments_.empty()) return true;
  return place.number == segments_.back().number && place.position >= segments_.back().end;
}

std::optional<std::int64_t> SegmentLogView::ThroughAtEnd(const Place& place) {
  const std::int64_t now = Now();
  const absl::MutexLock lock(&mutex_);
  if (!IsAtEnd(place)) return std::nullopt;
  // A group on its way to the disk has an append time that must not be promised.
  if (is_group_open_) {
    promised_ms_ = std::max(promised_ms_, last_ms_ - 1);
  } else {
    promised_ms_ = std::max({promised_ms_, last_ms_, now});
  }
  return promised_ms_;
}

void SegmentLogView::WaitBeyond(const Place& place, absl::Time deadline) const {
  const auto has_more = [this, &place] {
    mutex_.AssertReaderHeld();
    return !IsAtEnd(place);
  };
  mutex_.LockWhenWithDeadline(absl::Condition(&has_more), deadline);
  mutex_.Unlock();
}

}  // namespace playhead::aggregator
