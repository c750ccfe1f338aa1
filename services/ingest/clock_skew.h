#pragma once

#include <optional>

#include "absl/time/time.h"
#include "playhead/v1/player_event.pb.h"
#include "services/ingest/rejection.h"

namespace playhead::ingest {

// How far the clocks of sender and receiver may differ, both inclusive.
inline constexpr absl::Duration kIgnoredSkew = absl::Seconds(30);
inline constexpr absl::Duration kMaxSkew = absl::Minutes(10);

// What the sent_time of a request means for all of its events.
struct ClockCorrection {
  // Added to every occur_time.
  absl::Duration shift;
  // Refuses every event.
  std::optional<Rejection> rejection;
};

// `sent`: nullopt where the sender did not say.
ClockCorrection CorrectClock(std::optional<absl::Time> sent, absl::Time received);

// No effect on an event without an occur_time.
void ShiftOccurTime(absl::Duration shift, v1::PlayerEvent& event);

// Out-of-range values saturate.
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);

}  // namespace playhead::ingest
