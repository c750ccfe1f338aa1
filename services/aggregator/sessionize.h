#pragma once

#include <cstdint>
#include <vector>

namespace playhead::aggregator {

// What sessionizing looks at in an event of a playback.
struct PlaybackEvent {
  std::uint32_t index = 0;  // the player's counter; 0: none
  std::uint64_t content = 0;
  bool is_view = false;
  std::int64_t play_time_sum_ms = -1;    // of the stretch; -1: absent
  std::int64_t playback_speed_ppm = -1;  // -1: absent, so normal speed
  std::int64_t append_ms = 0;
};

// Watched time that one event adds.
struct WatchedTime {
  std::int64_t credit_ms = 0;
  std::int64_t implausible_ms = 0;  // claimed beyond what the time since the last event allows

  friend bool operator==(const WatchedTime&, const WatchedTime&) = default;
};

// A playback as of its last event: of its current stretch, what the log took within the window. A
// value.
class Playback {
 public:
  // Takes the next event of the playback that is not a duplicate; `append_ms` never goes back. A
  // playback without an event for longer than `window_ms` begins anew.
  //
  // A new stretch begins when an index among the last 64 comes with other content, when an index is
  // more than 16 below the highest, or when an index not above the highest comes more than 30 s
  // after the last event. Within a stretch each VIEW that raises the maximum of play_time_sum_ms is
  // credited the growth. Where the maximum is not known (the playback is first seen in mid-flight,
  // or its last VIEW is older than the window) a VIEW is credited at most 11 s at its playback
  // speed.
  WatchedTime Take(const PlaybackEvent& event, std::int64_t window_ms);

  std::int64_t last_event_ms() const { return last_event_ms_; }
  std::size_t MemoryBytes() const { return sizeof(*this) + recent_.capacity() * sizeof(Seen); }

 private:
  struct Seen {
    std::uint32_t index = 0;
    std::uint64_t content = 0;
    std::int64_t append_ms = 0;
  };

  void BeginStretch(bool is_mid_flight, std::int64_t append_ms);
  bool BeginsStretch(const PlaybackEvent& event, std::int64_t window_ms) const;
  void Remember(const PlaybackEvent& event);
  WatchedTime Credit(const PlaybackEvent& event, std::int64_t since_last_ms,
                     std::int64_t window_ms);
  bool IsMaximumKnown(std::int64_t append_ms, std::int64_t window_ms) const;

  // A ring of the stretch's last 64.
  std::vector<Seen> recent_;
  std::size_t next_recent_ = 0;
  std::uint32_t highest_index_ = 0;
  bool is_mid_flight_ = false;  // and no VIEW yet
  std::int64_t begin_ms_ = 0;   // of the stretch
  std::int64_t last_event_ms_ = -1;
  std::int64_t last_view_ms_ = -1;
  std::int64_t max_play_time_sum_ms_ = 0;
};

}  // namespace playhead::aggregator
