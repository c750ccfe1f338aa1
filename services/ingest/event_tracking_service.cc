#include "services/ingest/event_tracking_service.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/grpc_status.h"
#include "services/ingest/event_stream.h"

namespace playhead::ingest {
namespace {

// How long the caller waits, at most 30 s.
absl::Duration LimitOf(const grpc::CallbackServerContext& context) {
  const absl::Duration left = absl::FromChrono(context.deadline()) - absl::Now();
  return std::clamp(left, absl::ZeroDuration(), kMaxWait);
}

}  // namespace

grpc::ServerUnaryReactor* EventTrackingService::TrackEvents(grpc::CallbackServerContext* context,
                                                            const v1::TrackEventsRequest* request,
                                                            v1::TrackEventsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  ingest_.TrackEvents(*request, LimitOf(*context),
                      [reactor, response](absl::StatusOr<v1::TrackEventsResponse> result) {
                        if (result.ok()) *response = *std::move(result);
                        reactor->Finish(ToGrpcStatus(result.status(), kErrorDomain));
                      });
  return reactor;
}

grpc::ServerBidiReactor<v1::TrackEventsRequest, v1::TrackEventsResponse>*
EventTrackingService::StreamEvents(grpc::CallbackServerContext* /*context*/) {
  return StartEventStream(ingest_);
}

}  // namespace playhead::ingest
