#include "services/ingest/event_tracking_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/grpc_status.h"
#include "services/ingest/client_address.h"

namespace playhead::ingest {
namespace {

constexpr char kErrorDomain[] = "ingest.playhead";
constexpr absl::Duration kMaxWait = absl::Seconds(30);

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

// One request after the other: the next one is read when the last one was answered, so that what a
// caller sends ahead waits in the transport's flow control.
class StreamReactor final
    : public grpc::ServerBidiReactor<v1::TrackEventsRequest, v1::TrackEventsResponse> {
 public:
  StreamReactor(Ingest& ingest, std::string peer_address)
      : ingest_(ingest), peer_address_(std::move(peer_address)) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    ingest_.TrackEvents(request_, peer_address_, kMaxWait,
                        [this](absl::StatusOr<v1::TrackEventsResponse> result) {
                          if (!result.ok()) {
                            return Finish(ToGrpcStatus(result.status(), kErrorDomain));
                          }
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
  const std::string peer_address_;
  v1::TrackEventsRequest request_;
  v1::TrackEventsResponse response_;
};

}  // namespace

grpc::ServerUnaryReactor* EventTrackingService::TrackEvents(grpc::CallbackServerContext* context,
                                                            const v1::TrackEventsRequest* request,
                                                            v1::TrackEventsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  ingest_.TrackEvents(*request, AddressOf(*context), LimitOf(*context),
                      [reactor, response](absl::StatusOr<v1::TrackEventsResponse> result) {
                        if (result.ok()) *response = *std::move(result);
                        reactor->Finish(ToGrpcStatus(result.status(), kErrorDomain));
                      });
  return reactor;
}

grpc::ServerBidiReactor<v1::TrackEventsRequest, v1::TrackEventsResponse>*
EventTrackingService::StreamEvents(grpc::CallbackServerContext* context) {
  return new StreamReactor(ingest_, AddressOf(*context));
}

}  // namespace playhead::ingest
