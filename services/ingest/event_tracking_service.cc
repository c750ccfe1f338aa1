#include "services/ingest/event_tracking_service.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/grpc_status.h"

namespace playhead::ingest {
namespace {

constexpr char kErrorDomain[] = "ingest.playhead";
constexpr absl::Duration kMaxWait = absl::Seconds(30);

// How long the caller waits, at most 30 s.
absl::Duration LimitOf(const grpc::CallbackServerContext& context) {
  const absl::Duration left = absl::FromChrono(context.deadline()) - absl::Now();
  return std::clamp(left, absl::ZeroDuration(), kMaxWait);
}

// One request after the other: the next one is read when the last one was answered, so that what a
// caller sends ahead waits in the transport's flow control.
class StreamReactor final
    : public grpc::ServerBidiReactor<v1::TrackEventsRequest, v1::TrackEventsResponse> {
 public:
  explicit StreamReactor(Ingest& ingest) : ingest_(ingest) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    ingest_.TrackEvents(request_, kMaxWait, [this](absl::StatusOr<v1::TrackEventsResponse> result) {
      if (!result.ok()) return Finish(ToGrpcStatus(result.status(), kErrorDomain));
      response_ = *std::move(result);
      StartWrite(&response_);
    });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  Ingest& ingest_;
  v1::TrackEventsRequest request_;
  v1::TrackEventsResponse response_;
};

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
  return new StreamReactor(ingest_);
}

}  // namespace playhead::ingest
