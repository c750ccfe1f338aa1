#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/event.h"
#include "playhead/v1/player_event.pb.h"
#include "services/ingest/client_address.h"
#include "services/ingest/player_event_fields.h"
#include "services/ingest/rejection.h"

namespace playhead::ingest {

// One HTTP request that was read to its end.
struct BeaconRequest {
  std::string_view target;  // path and query, or an absolute URL, as sent
  std::string_view content_type;
  std::string_view body;
  std::string_view peer_address;  // of the connection
  std::string_view user_agent;
  ForwardedHeaders forwarded = {};
};

// Whether `target` is one of the three forms of the beacon's URL: `/api_v3/index.php` and `/` (both
// with `service` and `action` absent or `analytics` and `trackEvent`),
// `/api_v3/service/analytics/action/trackEvent`; each also in absolute form, as proxies send it
// (`http://host/`, whatever the host).
bool IsBeaconTarget(std::string_view target);

struct ParsedBeacon {
  v1::PlayerEvent event;
  // Hash of all parameters as sent: of the URL and the body, the body wins.
  Id128 content;
  FieldNotes notes;
  // MALFORMED, INVALID_UTF8, NUL_BYTE or TOO_MANY_PARAMETERS; of `event` then only the partner is
  // set, if it was found.
  std::optional<Rejection> rejection;
};

// Bodies are form-urlencoded where the content type says so, else one JSON object; without a
// content type of either, a body that begins with a brace is JSON.
ParsedBeacon ParseBeacon(const BeaconRequest& request);

// The partner that the URL names; 0: none.
std::int32_t FindPartner(std::string_view target);

}  // namespace playhead::ingest
