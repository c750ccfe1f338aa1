#pragma once

#include <string>

#include "playhead/v1/event_tracking.grpc.pb.h"
#include "services/ingest/ingest.h"

namespace playhead::ingest {

// Requests of one stream that were read and not answered.
inline constexpr std::size_t kMaxStreamRequests = 16;

using EventStreamReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// As gRPC carries it.
grpc::ByteBuffer BufferOf(const v1::TrackEventsResponse& response);

// Serves one StreamEvents call: requests go to the log as they come, answers go back in their
// order. It reads no further while kMaxStreamRequests wait for their answers, or while the log has
// no room: what a caller sends ahead then waits in the transport's flow control. The first request
// that fails ends the stream with its status, after the answers before it.
//
// `ingest` must outlive the call. `peer_address` is the caller's. The reactor lives as long as it
// is needed.
EventStreamReactor* StartEventStream(Ingest& ingest, std::string peer_address);

}  // namespace playhead::ingest
