#pragma once

#include <cstdint>

#include "playhead/v1/event_batch.pb.h"
#include "services/ingest/event_log.h"

namespace playhead::ingest {

inline constexpr std::int64_t kNowMs = 1'795'364'844'000;

// An event of now on its way to the log. `number` is its route and its identity, so that tests can
// follow it.
inline RoutedEvent MakeEvent(std::uint64_t number, std::int32_t partner = 1) {
  RoutedEvent routed;
  routed.route = number;
  routed.event.partner = partner;
  routed.event.event_type = 3;
  routed.event.door = v1::DOOR_BEACON;
  routed.event.receive_time_ms = kNowMs;
  routed.event.event_time_ms = kNowMs;
  routed.event.identity = {.high = 1, .low = number};
  return routed;
}

// A refusal of now.
inline RejectedKey MakeRejected(v1::RejectionReason reason = v1::REJECTION_REASON_MALFORMED,
                                std::int32_t partner = 1) {
  return {.minute = kNowMs / 60'000, .door = v1::DOOR_BEACON, .partner = partner, .reason = reason};
}

}  // namespace playhead::ingest
