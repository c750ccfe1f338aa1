#pragma once

#include "playhead/v1/event_tracking.grpc.pb.h"
#include "services/ingest/event_stream.h"
#include "services/ingest/ingest.h"

namespace playhead::ingest {

// The gRPC door. No thread waits for the log. Requests come as bytes, because one text that is not
// UTF-8 must not refuse its neighbours.
class EventTrackingService final
    : public v1::EventTracking::WithRawCallbackMethod_TrackEvents<
          v1::EventTracking::WithRawCallbackMethod_StreamEvents<v1::EventTracking::Service>> {
 public:
  // `ingest` must outlive the service.
  explicit EventTrackingService(Ingest& ingest) : ingest_(ingest) {}

  grpc::ServerUnaryReactor* TrackEvents(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;

  EventStreamReactor* StreamEvents(grpc::CallbackServerContext* context) override;

 private:
  Ingest& ingest_;
};

}  // namespace playhead::ingest
