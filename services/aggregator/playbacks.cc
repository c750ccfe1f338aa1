#include "services/aggregator/playbacks.h"

#include <utility>

namespace playhead::aggregator {
namespace {

// Of a list node and a hash map's slot.
constexpr std::size_t kBytesPerEntry = 64;

}  // namespace

WatchedTime PlaybackTable::Take(const PlaybackKey& key, const PlaybackEvent& event,
                                std::int64_t window_ms) {
  DropIdle(event.append_ms, window_ms);
  const auto [it, is_new] = playbacks_.try_emplace(key);
  if (is_new) {
    it->second = by_idleness_.insert(by_idleness_.end(), {.key = key, .playback = {}});
    memory_bytes_ += kBytesPerEntry + it->second->playback.MemoryBytes();
  } else {
    by_idleness_.splice(by_idleness_.end(), by_idleness_, it->second);
  }
  Playback& playback = it->second->playback;
  memory_bytes_ -= playback.MemoryBytes();
  const WatchedTime watched = playback.Take(event, window_ms);
  memory_bytes_ += playback.MemoryBytes();
  if (playbacks_.size() > max_playbacks_) {
    ++evicted_;
    Evict();
  }
  return watched;
}

void PlaybackTable::DropIdle(std::int64_t append_ms, std::int64_t window_ms) {
  while (!by_idleness_.empty() &&
         append_ms - by_idleness_.front().playback.last_event_ms() > window_ms) {
    Evict();
  }
}

void PlaybackTable::Evict() {
  memory_bytes_ -= kBytesPerEntry + by_idleness_.front().playback.MemoryBytes();
  playbacks_.erase(by_idleness_.front().key);
  by_idleness_.pop_front();
}

WatchedTime Sessionizer::Take(const PlaybackKey& key, const PlaybackEvent& event) {
  Advance(event.append_ms);
  next_.Take(key, event, window_ms_);
  return current_.Take(key, event, window_ms_);
}

void Sessionizer::Advance(std::int64_t append_ms) {
  const std::int64_t window = append_ms / window_ms_;
  if (window <= window_) return;
  evicted_ += current_.evicted();
  const bool is_following = window == window_ + 1;
  current_ = is_following ? std::move(next_) : PlaybackTable(max_playbacks_);
  next_ = PlaybackTable(max_playbacks_);
  window_ = window;
}

}  // namespace playhead::aggregator
