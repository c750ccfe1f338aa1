#pragma once

#include <string_view>

#include "absl/time/time.h"
#include "common/event.h"
#include "playhead/v1/event_batch.pb.h"
#include "playhead/v1/player_event.pb.h"
#include "services/ingest/client_finder.h"
#include "services/ingest/event_log.h"
#include "services/ingest/player_event_fields.h"
#include "services/ingest/user_agent.h"

namespace playhead::ingest {

// How an event came in.
struct Arrival {
  absl::Time receive_time;
  v1::Door door = v1::DOOR_UNSPECIFIED;
  // Of the viewer, as far as known.
  Client client;
  std::string_view user_agent;
  // What `user_agent` says; null: nothing.
  const UserAgent* agent = nullptr;
  // By a Kaltura session; empty: none.
  std::string_view verified_user = {};
};

// What the log keeps of an event that Validate let through. `content` is the hash of the content as
// sent.
RoutedEvent Enrich(v1::PlayerEvent event, const Id128& content, const Arrival& arrival,
                   FieldNotes& notes);

}  // namespace playhead::ingest
