#pragma once

#include "playhead/v1/event_tracking.grpc.pb.h"
#include "services/ingest/ingest.h"

namespace playhead::ingest {

// The gRPC door. No thread waits for the log.
class EventTrackingService final : public v1::EventTracking::CallbackService {
 public:
  // `ingest` must outlive the service.
  explicit EventTrackingService(Ingest& ingest) : ingest_(ingest) {}

  grpc::ServerUnaryReactor* TrackEvents(grpc::CallbackServerContext* context,
                                        const v1::TrackEventsRequest* request,
                                        v1::TrackEventsResponse* response) override;

  grpc::ServerBidiReactor<v1::TrackEventsRequest, v1::TrackEventsResponse>* StreamEvents(
      grpc::CallbackServerContext* context) override;

 private:
  Ingest& ingest_;
};

}  // namespace playhead::ingest
