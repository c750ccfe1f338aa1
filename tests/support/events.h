#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/event.h"
#include "common/event_batch.h"
#include "common/hash.h"
#include "playhead/v1/event_batch.pb.h"

namespace playhead {

// Sunday, 22 November 2026, 12:00 UTC.
inline constexpr std::int64_t kNoonMs = 1'795'348'800'000;

// An event of partner 4711 that happened and arrived at `time_ms`; identity and content follow from
// `text`.
inline Event MakeEvent(std::int32_t type, std::string_view session, std::string_view text,
                       std::int64_t time_ms) {
  Event event;
  event.partner = 4711;
  event.event_type = type;
  event.door = v1::DOOR_BEACON;
  event.receive_time_ms = time_ms;
  event.event_time_ms = time_ms;
  event.identity = Murmur3(std::string(session) + "|" + std::string(text));
  event.content = event.identity.low;
  event.session = Murmur3("4711/" + std::string(session));
  event.viewer = Murmur3("4711/s:" + std::string(session)).low;
  event.dimension(catalog::Dimension::kEntry) = "0_entry";
  return event;
}

// The bytes of a batch; each producer counts its batches from 1.
inline std::string MakeBatch(std::span<const Event> events, std::uint64_t sequence,
                             char producer = 'p') {
  v1::EventBatch batch = PackBatch(events);
  batch.set_producer(std::string(16, producer));
  batch.set_sequence(sequence);
  return batch.SerializeAsString();
}

}  // namespace playhead
