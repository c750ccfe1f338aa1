#pragma once

#include <optional>

#include "absl/time/time.h"
#include "playhead/v1/player_event.pb.h"
#include "services/ingest/player_event_fields.h"
#include "services/ingest/rejection.h"

namespace playhead::ingest {

// Application events, which need no entry, have this type or a greater one.
inline constexpr std::int32_t kFirstApplicationEventType = 10'000;

// How far an event's time may lie from its receipt; at the limit it is still accepted.
struct TimeLimits {
  absl::Duration max_event_age = absl::Hours(7 * 24);
  absl::Duration max_clock_ahead = absl::Minutes(5);
};

// When the event happened: its occur_time, else `receive_time`.
absl::Time EventTime(const v1::PlayerEvent& event, absl::Time receive_time);

// The first rule that the event breaks; nullopt: it can be counted, and its texts and numbers are
// now within their limits. Whether the partner is known is not asked here.
std::optional<Rejection> Validate(v1::PlayerEvent& event, absl::Time receive_time,
                                  const TimeLimits& limits, FieldNotes& notes);

}  // namespace playhead::ingest
