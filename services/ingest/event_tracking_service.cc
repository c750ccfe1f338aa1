#include "services/ingest/event_tracking_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/grpc_status.h"
#include "services/ingest/client_address.h"
#include "services/ingest/event_stream.h"

namespace playhead::ingest {
namespace {

// How long the caller waits, at most 30 s.
absl::Duration LimitOf(const grpc::CallbackServerContext& context) {
  const absl::Duration left = absl::FromChrono(context.deadline()) - absl::Now();
  return std::clamp(left, absl::ZeroDuration(), kMaxWait);
}

// The address in a peer such as `ipv4:127.0.0.1:1` or `ipv6:%5B::1%5D:1`; empty: it has none.
std::string AddressOf(const grpc::CallbackServerContext& context) {
  const std::string peer = context.peer();
  const std::size_t scheme = peer.find(':');
  if (scheme == std::string::npos) return "";
  const auto address = ParseHost(
      absl::StrReplaceAll(peer.substr(scheme + 1), {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}}));
  return address.has_value() ? address->ToString() : "";
}

}  // namespace

grpc::ServerUnaryReactor* EventTrackingService::TrackEvents(grpc::CallbackServerContext* context,
                                                            const grpc::ByteBuffer* request,
                                                            grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto received = ReadEvents(*request);
  if (!received.ok()) {
    reactor->Finish(ToGrpcStatus(received.status(), kErrorDomain));
    return reactor;
  }
  ingest_.TrackEvents(*received, AddressOf(*context), LimitOf(*context),
                      [reactor, response](absl::StatusOr<v1::TrackEventsResponse> result) {
                        if (result.ok()) *response = BufferOf(*result);
                        reactor->Finish(ToGrpcStatus(result.status(), kErrorDomain));
                      });
  return reactor;
}

EventStreamReactor* EventTrackingService::StreamEvents(grpc::CallbackServerContext* context) {
  return StartEventStream(ingest_, AddressOf(*context));
}

}  // namespace playhead::ingest
