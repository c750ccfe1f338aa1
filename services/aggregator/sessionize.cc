#include "services/aggregator/sessionize.h"

#include <algorithm>

namespace playhead::aggregator {
namespace {

constexpr std::size_t kRecentIndexes = 64;
// Players' requests race: indexes this far below the highest may still be on their way.
constexpr std::uint32_t kDisorder = 16;
// A player restarts its counter after this long a pause.
constexpr std::int64_t kPauseMs = 30'000;
// The first VIEW comes within 11 s of play, the others every 10 s.
constexpr std::int64_t kMidFlightMs = 11'000;
constexpr std::int64_t kMaxSpeed = 16;
constexpr std::int64_t kNormalSpeedPpm = 1'000'000;

}  // namespace

WatchedTime Playback::Take(const PlaybackEvent& event, std::int64_t window_ms) {
  const bool is_first = last_event_ms_ < 0 || event.append_ms - last_event_ms_ > window_ms;
  if (is_first) {
    BeginStretch(event.index > kDisorder, event.append_ms);
  } else if (BeginsStretch(event, window_ms)) {
    BeginStretch(false, event.append_ms);
  }
  const std::int64_t since_last_ms = event.append_ms - last_event_ms_;
  Remember(event);
  last_event_ms_ = event.append_ms;
  if (!event.is_view || event.play_time_sum_ms < 0) return {};
  return Credit(event, since_last_ms, window_ms);
}

void Playback::BeginStretch(bool is_mid_flight, std::int64_t append_ms) {
  recent_.clear();
  next_recent_ = 0;
  highest_index_ = 0;
  is_mid_flight_ = is_mid_flight;
  begin_ms_ = append_ms;
  last_event_ms_ = append_ms;
  last_view_ms_ = -1;
  max_play_time_sum_ms_ = 0;
}

bool Playback::BeginsStretch(const PlaybackEvent& event, std::int64_t window_ms) const {
  if (event.index == 0) return false;
  for (const Seen& seen : recent_) {
    const bool is_recent = event.append_ms - seen.append_ms <= window_ms;
    if (is_recent && seen.index == event.index) return seen.content != event.content;
  }
  if (event.index > highest_index_) return false;
  return highest_index_ - event.index > kDisorder || event.append_ms - last_event_ms_ > kPauseMs;
}

void Playback::Remember(const PlaybackEvent& event) {
  if (event.index == 0) return;
  highest_index_ = std::max(highest_index_, event.index);
  const Seen seen = {.index = event.index, .content = event.content, .append_ms = event.append_ms};
  if (recent_.size() < kRecentIndexes) {
    recent_.push_back(seen);
    return;
  }
  recent_[next_recent_] = seen;
  next_recent_ = (next_recent_ + 1) % kRecentIndexes;
}

WatchedTime Playback::Credit(const PlaybackEvent& event, std::int64_t since_last_ms,
                             std::int64_t window_ms) {
  std::int64_t growth_ms = event.play_time_sum_ms - max_play_time_sum_ms_;
  if (IsMaximumKnown(event.append_ms, window_ms)) {
    max_play_time_sum_ms_ = std::max(max_play_time_sum_ms_, event.play_time_sum_ms);
  } else {
    const std::int64_t ppm =
        event.playback_speed_ppm < 0 ? kNormalSpeedPpm : event.playback_speed_ppm;
    growth_ms = std::min(event.play_time_sum_ms, kMidFlightMs * ppm / kNormalSpeedPpm);
    max_play_time_sum_ms_ = event.play_time_sum_ms;
    is_mid_flight_ = false;
  }
  last_view_ms_ = event.append_ms;
  if (growth_ms <= 0) return {};
  const std::int64_t credit_ms = std::min(growth_ms, (since_last_ms + kPauseMs) * kMaxSpeed);
  return {.credit_ms = credit_ms, .implausible_ms = growth_ms - credit_ms};
}

bool Playback::IsMaximumKnown(std::int64_t append_ms, std::int64_t window_ms) const {
  if (is_mid_flight_) return false;
  const std::int64_t known_since_ms = last_view_ms_ >= 0 ? last_view_ms_ : begin_ms_;
  return append_ms - known_since_ms <= window_ms;
}

}  // namespace playhead::aggregator
