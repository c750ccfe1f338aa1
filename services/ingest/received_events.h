#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "playhead/v1/event_tracking.pb.h"

namespace playhead::ingest {

// A text of one event that is not UTF-8.
struct BadText {
  int index = 0;      // of the event
  std::string field;  // of PlayerEvent
};

// A request as the gRPC door received it.
struct ReceivedEvents {
  v1::TrackEventsRequest request;
  // In order of index, at most one per event; these texts are absent in `request`.
  std::vector<BadText> bad_texts;
};

// Reads a serialized TrackEventsRequest. The parser of proto3 refuses a whole message for one bad
// text; here only its event has to be refused. InvalidArgument: not a message of that type.
absl::StatusOr<ReceivedEvents> ReadEvents(grpc::ByteBuffer bytes);

}  // namespace playhead::ingest
