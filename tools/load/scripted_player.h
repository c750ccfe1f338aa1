#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "playhead/v1/player_event.pb.h"
#include "tools/load/chance.h"

namespace playhead::tools {

// What a viewer does with one video.
struct Viewing {
  absl::Duration media_length;
  // Share of the media that the viewer means to watch, 0 to 1.
  double patience = 1;
  // Of the network, 0 (poor) to 1 (good).
  double quality = 1;
  bool is_live = false;
  absl::Time start;
  // Nothing is sent after it: the viewer still watches.
  absl::Time end;
};

// A playback has fewer events than this.
inline constexpr std::size_t kMaxPlaybackEvents = 900;

// Plays one video as a Kaltura Player does, second by second, and returns what it reports, in
// order. Each event is a copy of `common`, which says who watches what, with `event_id` followed by
// a number of its own. Pure.
//
// IMPRESSION, PLAY_REQUEST, PLAY; VIEW at once, after 11 s and then every 10 s of playing;
// quartiles once per media; counters begin again at 1 after 30 s of pause. A live stream has no
// quartiles and credits 10 s less buffering per VIEW, the first one too.
std::vector<v1::PlayerEvent> Play(const Viewing& viewing, const v1::PlayerEvent& common,
                                  Chance& chance);

}  // namespace playhead::tools
