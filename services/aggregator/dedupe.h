#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "common/event.h"
#include "services/aggregator/hash_id.h"

namespace playhead::aggregator {

// The identities of the events of one partition that the log took within the last `window_ms`. An
// event is a duplicate when an equal identity occurred within the window before it; a duplicate
// occurs too, so it renews the window. Therefore decisions depend on nothing older than the window.
// Used by one thread.
class IdentityWindow {
 public:
  // Keeps at most `max_sightings` of identities; beyond that the oldest are forgotten.
  IdentityWindow(std::int64_t window_ms, std::size_t max_sightings)
      : window_ms_(window_ms), max_sightings_(max_sightings) {}

  // Whether `identity`, of an event that the log took at `append_ms` (never less than in earlier
  // calls), occurred before. Zero never did.
  bool Occurs(const Id128& identity, std::int64_t append_ms);

  // Identities that were forgotten within the window because there were too many.
  std::int64_t forgotten() const { return forgotten_; }
  std::size_t MemoryBytes() const;

 private:
  struct Sighting {
    Id128 identity;
    std::int64_t append_ms = 0;
  };

  void Prune(std::int64_t append_ms);
  bool PopOldest();

  const std::int64_t window_ms_;
  const std::size_t max_sightings_;
  std::int64_t forgotten_ = 0;
  // Oldest first; an identity's last one is also in `last_seen_ms_`.
  std::deque<Sighting> sightings_;
  absl::flat_hash_map<Id128, std::int64_t, HashId128> last_seen_ms_;
};

// The batches of one partition within the last `window_ms`, by producer. Sequences need not rise:
// when the log refused a batch and took the next one, the refused one comes later. Used by one
// thread.
class ProducerWindow {
 public:
  // Of each producer; far more than a producer has on its way at a time.
  static constexpr std::size_t kMaxSightings = 128;

  explicit ProducerWindow(std::int64_t window_ms) : window_ms_(window_ms) {}

  // Whether a batch of `producer` with this sequence occurred within the window before `append_ms`
  // (never less than in earlier calls): then this batch is a re-send of the same bytes. Beyond the
  // last kMaxSightings batches of the producer, one that is not above the sequence of the batch
  // before those is taken for a re-send, too.
  bool Occurs(const Id128& producer, std::uint64_t sequence, std::int64_t append_ms);

 private:
  struct Sighting {
    std::uint64_t sequence = 0;
    std::int64_t append_ms = 0;
  };

  void Prune(std::int64_t append_ms);

  const std::int64_t window_ms_;
  std::int64_t pruned_ms_ = 0;
  // Per producer, oldest first: at most kMaxSightings and one before them.
  absl::flat_hash_map<Id128, std::deque<Sighting>, HashId128> producers_;
};

}  // namespace playhead::aggregator
