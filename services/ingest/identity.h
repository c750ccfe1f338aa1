#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/event.h"
#include "playhead/v1/player_event.pb.h"

// Hashes by which copies of an event are recognised. None depends on when or from where a copy
// arrives.
namespace playhead::ingest {

// Of an event_id, per partner; zero for an empty one.
Id128 EventIdIdentity(std::int32_t partner, std::string_view event_id);

// Of the content of an event of the gRPC door, without its event_id (which is put back).
Id128 HashContent(v1::PlayerEvent& event);

// Of content (HashParameters or HashContent) in a session, an anonymous one too.
Id128 Fingerprint(const Id128& content, std::string_view session_id);

// Who sent an event that has no session.
struct AnonymousClient {
  std::int32_t partner = 0;
  std::string_view address = {};
  std::string_view user_agent = {};
  std::string_view user = {};
  std::string_view referrer = {};
};

// `anon:` and 32 hexadecimal digits.
std::string AnonymousSession(const AnonymousClient& client);

// XXH3-64 of `<partner>/<session_id>`; modulo the number of partitions it is the session's
// partition.
std::uint64_t SessionRoute(std::string_view partner_session);

}  // namespace playhead::ingest
