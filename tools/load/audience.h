#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "playhead/v1/player_event.pb.h"
#include "tools/load/population.h"
#include "tools/load/scripted_player.h"

namespace playhead::tools {

struct AudienceOptions {
  std::int32_t partner = 4711;
  // 1 to 1,000,000.
  std::int64_t viewers = 3000;
  // 1 to 10,000.
  std::int64_t entries = 60;
  // From the first playback to the end.
  absl::Duration over = absl::Hours(6);
  std::uint64_t seed = 1;
};

// All that one viewer reports of one video.
struct AudiencePlayback {
  const Agent* agent = nullptr;
  const Place* place = nullptr;
  // In order; at most kMaxPlaybackEvents, of one session and entry.
  std::vector<v1::PlayerEvent> events;
};

// A synthetic audience: few videos watched by many and a long tail, viewers that leave along the
// way, an evening that ends two hours after its peak (and each day before it the same), a premiere
// that many join at once, viewers that still watch at the end. What it does depends on its options
// alone; only the times follow `end`. Immutable: safe from any thread.
class Audience {
 public:
  explicit Audience(const AudienceOptions& options);

  // Of the viewer with this number, below `viewers`. No event after `end`.
  std::vector<AudiencePlayback> PlaybacksOf(std::int64_t viewer, absl::Time end) const;

 private:
  struct Entry {
    std::string id;
    absl::Duration length;
  };

  absl::Duration StartBeforeEnd(Chance& chance) const;
  const Entry& ChooseEntry(Chance& chance) const;

  const AudienceOptions options_;
  std::vector<Entry> entries_;
  std::vector<double> entry_weights_;  // running sums
  Entry premiere_;
  absl::Duration premiere_before_end_;
};

}  // namespace playhead::tools
