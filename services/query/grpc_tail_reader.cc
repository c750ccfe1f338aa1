#include "services/query/grpc_tail_reader.h"

#include <utility>

#include "common/grpc_status.h"
#include "playhead/v1/aggregation.grpc.pb.h"

namespace playhead::query {
namespace {

class GrpcTailReader final : public TailReader {
 public:
  explicit GrpcTailReader(std::shared_ptr<grpc::Channel> channel)
      : stub_(v1::Aggregation::NewStub(std::move(channel))) {}

  absl::StatusOr<v1::ReadTailResponse> ReadTail(const v1::ReadTailRequest& request,
                                                absl::Time deadline) override {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    v1::ReadTailResponse response;
    const grpc::Status status = stub_->ReadTail(&context, request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response;
  }

  absl::StatusOr<v1::GetStatusResponse> GetStatus(absl::Time deadline) override {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    v1::GetStatusResponse response;
    const grpc::Status status = stub_->GetStatus(&context, {}, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response;
  }

 private:
  const std::unique_ptr<v1::Aggregation::Stub> stub_;
};

}  // namespace

std::unique_ptr<TailReader> MakeGrpcTailReader(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<GrpcTailReader>(std::move(channel));
}

}  // namespace playhead::query
