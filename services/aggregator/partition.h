#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/event_batch.h"
#include "services/aggregator/dedupe.h"
#include "services/aggregator/playbacks.h"

namespace playhead::aggregator {

// How far back decisions look, and how much of it is kept for one partition.
struct WindowLimits {
  std::int64_t window_ms = std::int64_t{15} * 60'000;
  std::size_t max_identities = 500'000;
  std::size_t max_playbacks = 50'000;
};

struct EventDecision {
  bool is_duplicate = false;
  WatchedTime watched;  // of VIEWs that are not duplicates
};

struct BatchDecision {
  // The batch was read before: none of it counts.
  bool is_resent = false;
  // One per event, in order.
  std::vector<EventDecision> events;
};

// Dedupes and sessionizes one partition: what it decides is a function of the records that the log
// took at or after WarmUpFrom. Used by one thread.
class PartitionState {
 public:
  explicit PartitionState(const WindowLimits& limits)
      : identities_(limits.window_ms, limits.max_identities),
        producers_(limits.window_ms),
        sessionizer_(limits.window_ms, limits.max_playbacks) {}

  // Takes the next batch of the partition; `append_ms` never goes back.
  BatchDecision Decide(const UnpackedBatch& batch, std::int64_t append_ms);

  // The append time from which on records must be taken, so that decisions about records after
  // `through_ms` are those of a state that has seen every record. At most three windows before.
  static std::int64_t WarmUpFrom(std::int64_t through_ms, std::int64_t window_ms) {
    return (through_ms / window_ms - 2) * window_ms;
  }

  // Identities and playbacks that were forgotten within the window because there were too many.
  std::int64_t forgotten() const { return identities_.forgotten() + sessionizer_.evicted(); }
  std::size_t MemoryBytes() const { return identities_.MemoryBytes() + sessionizer_.MemoryBytes(); }

 private:
  IdentityWindow identities_;
  ProducerWindow producers_;
  Sessionizer sessionizer_;
};

}  // namespace playhead::aggregator
