#pragma once

#include <string>
#include <string_view>

#include "playhead/v1/event_tracking.pb.h"

namespace playhead::ingest {

// Why one event is refused, and what its sender should change.
struct Rejection {
  v1::RejectionReason reason = v1::REJECTION_REASON_UNSPECIFIED;
  // Field of PlayerEvent at fault; empty: the request as a whole.
  std::string field;
  // For people.
  std::string message;
};

// Of a text of `field` that is not UTF-8.
Rejection NotUtf8(std::string_view field);

// `malformed`, `too_late`: as in metrics and documents. Empty for unknown reasons.
std::string_view ReasonName(v1::RejectionReason reason);

}  // namespace playhead::ingest
