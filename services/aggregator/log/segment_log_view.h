#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/clock.h"
#include "services/aggregator/event_source.h"
#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

// What readers may see of the log: durable frames, and the clock of append times. Written by the
// log's one writer thread, read by many.
class SegmentLogView {
 public:
  // `next`: by partition. `last_ms`: no append time is before it.
  SegmentLogView(std::deque<Segment> segments, std::vector<std::int64_t> next, std::int64_t last_ms,
                 Clock clock);

  // --- for the writer ---

  // The append time of the group that is about to be written: after everything that readers were
  // promised.
  std::int64_t BeginGroup();
  // The group is durable: `segment` replaces the last segment, or follows it.
  void Publish(const Segment& segment);
  // The group is not durable, and never will be.
  void AbandonGroup();
  std::optional<Segment> Last() const;
  // By partition: the first offset that is not durable.
  std::vector<std::int64_t> NextOffsets() const;
  void SetCommitted(int partition, std::int64_t next);
  // Takes from the front what retention allows; see segment_retention.h. Their numbers.
  std::vector<std::uint64_t> Retire(absl::Duration retention);

  // --- for readers ---

  EventSource::Bounds GetBounds(std::size_t partition) const;

  struct Snapshot {
    Segment segment;
    bool is_last = false;
  };
  // NotFound: retired.
  absl::StatusOr<Snapshot> Find(std::uint64_t number) const;
  // The last segment that begins at or before all of `from`, else the first; nullopt: there is no
  // segment.
  std::optional<std::uint64_t> SegmentOf(const std::vector<PartitionOffset>& from) const;
  // The segment after `number`; nullopt: there is none yet.
  std::optional<std::uint64_t> After(std::uint64_t number) const;
  // Segments in order.
  std::vector<Segment> Segments() const;

  // Where a reader has got to: every byte before `position` of the segment. Number 0: before the
  // first segment.
  struct Place {
    std::uint64_t number = 0;
    std::uint64_t position = 0;
  };
  // nullopt: there is more to read. Else the instant up to which the log is now complete, Unix ms:
  // every later append time will be greater.
  std::optional<std::int64_t> ThroughAtEnd(const Place& place);
  void CountGap() { gaps_.fetch_add(1, std::memory_order_relaxed); }
  std::int64_t gaps() const { return gaps_.load(std::memory_order_relaxed); }

  // Returns at the deadline, or as soon as there is more to read.
  void WaitBeyond(const Place& place, absl::Time deadline) const;

 private:
  bool IsAtEnd(const Place& place) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  std::int64_t Now() const { return absl::ToUnixMillis(clock_()); }

  const Clock clock_;
  std::atomic<std::int64_t> gaps_ = 0;
  mutable absl::Mutex mutex_;
  std::deque<Segment> segments_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::int64_t> next_ ABSL_GUARDED_BY(mutex_);
  const std::vector<std::int64_t> opened_next_;  // what next_ was at the beginning
  std::vector<std::int64_t> committed_ ABSL_GUARDED_BY(mutex_);
  // Of the last group that began.
  std::int64_t last_ms_ ABSL_GUARDED_BY(mutex_);
  // The greatest instant that a reader was told to be complete.
  std::int64_t promised_ms_ ABSL_GUARDED_BY(mutex_);
  bool is_group_open_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace playhead::aggregator
