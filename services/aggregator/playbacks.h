#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/event.h"
#include "services/aggregator/sessionize.h"

namespace playhead::aggregator {

// (partner, session, entry): the session's hash covers the partner.
struct PlaybackKey {
  Id128 session;
  std::uint64_t entry = 0;  // hash of the entry

  friend bool operator==(const PlaybackKey&, const PlaybackKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const PlaybackKey& key) {
    return H::combine(std::move(h), key.session.high, key.session.low, key.entry);
  }
};

// A bounded set of playbacks; the one that is idle for longest goes first. Used by one thread.
class PlaybackTable {
 public:
  explicit PlaybackTable(std::size_t max_playbacks) : max_playbacks_(max_playbacks) {}

  WatchedTime Take(const PlaybackKey& key, const PlaybackEvent& event, std::int64_t window_ms);

  // Playbacks that were dropped within the window because there were too many.
  std::int64_t evicted() const { return evicted_; }
  std::size_t size() const { return playbacks_.size(); }
  std::size_t MemoryBytes() const { return memory_bytes_; }

 private:
  struct Entry {
    PlaybackKey key;
    Playback playback;
  };

  void Evict();
  void DropIdle(std::int64_t append_ms, std::int64_t window_ms);

  std::size_t max_playbacks_;
  std::int64_t evicted_ = 0;
  std::size_t memory_bytes_ = 0;
  // Longest idle first.
  std::list<Entry> by_idleness_;
  absl::flat_hash_map<PlaybackKey, std::list<Entry>::iterator> playbacks_;
};

// The playbacks of one partition, as a function of what the log took since the last-but-one
// multiple of the window (of append time): where a stretch begins depends on the events before it,
// and those on the ones before them; so at each multiple of the window a table that was begun one
// window earlier, empty, takes over. Used by one thread.
class Sessionizer {
 public:
  // Each of the two tables holds at most `max_playbacks`.
  Sessionizer(std::int64_t window_ms, std::size_t max_playbacks)
      : window_ms_(window_ms),
        max_playbacks_(max_playbacks),
        current_(max_playbacks),
        next_(max_playbacks) {}

  // As Playback::Take.
  WatchedTime Take(const PlaybackKey& key, const PlaybackEvent& event);

  std::int64_t evicted() const { return evicted_ + current_.evicted(); }
  std::size_t MemoryBytes() const { return current_.MemoryBytes() + next_.MemoryBytes(); }

 private:
  void Advance(std::int64_t append_ms);

  const std::int64_t window_ms_;
  const std::size_t max_playbacks_;
  std::int64_t evicted_ = 0;
  std::int64_t window_ = -1;  // number of the current multiple
  PlaybackTable current_;
  PlaybackTable next_;
};

}  // namespace playhead::aggregator
