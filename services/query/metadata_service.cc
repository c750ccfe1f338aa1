#include "services/query/metadata_service.h"

#include <string>
#include <utility>

#include "common/grpc_status.h"
#include "common/json_log.h"
#include "common/strings.h"
#include "services/query/admission.h"
#include "services/query/data_status.h"
#include "services/query/dictionary.h"
#include "services/query/errors.h"

namespace playhead::query {

MetadataServiceImpl::MetadataServiceImpl(RollupReader& reader, TailReader& tail,
                                         QueryMetrics& metrics, MetadataOptions options,
                                         Clock clock)
    : reader_(reader),
      tail_(tail),
      metrics_(metrics),
      options_(options),
      clock_(std::move(clock)) {}

grpc::Status MetadataServiceImpl::Finish(const char* rpc, const absl::Status& status) {
  metrics_.calls.Add({{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}}).Increment();
  if (status.code() == absl::StatusCode::kInternal) {
    Log(Severity::kError, "a call failed",
        {{"rpc", rpc}, {"error", std::string(ToStd(status.message()))}});
  }
  return ToGrpcStatus(status, kErrorDomain);
}

grpc::Status MetadataServiceImpl::ListDimensions(grpc::ServerContext* /*context*/,
                                                 const v1::ListDimensionsRequest* /*request*/,
                                                 v1::ListDimensionsResponse* response) {
  *response = query::ListDimensions();
  return Finish("ListDimensions", absl::OkStatus());
}

grpc::Status MetadataServiceImpl::ListMetrics(grpc::ServerContext* /*context*/,
                                              const v1::ListMetricsRequest* /*request*/,
                                              v1::ListMetricsResponse* response) {
  *response = query::ListMetrics(options_.retention);
  return Finish("ListMetrics", absl::OkStatus());
}

grpc::Status MetadataServiceImpl::ListRollups(grpc::ServerContext* /*context*/,
                                              const v1::ListRollupsRequest* /*request*/,
                                              v1::ListRollupsResponse* response) {
  *response = query::ListRollups(options_.retention);
  return Finish("ListRollups", absl::OkStatus());
}

grpc::Status MetadataServiceImpl::GetDataStatus(grpc::ServerContext* context,
                                                const v1::GetDataStatusRequest* request,
                                                v1::GetDataStatusResponse* response) {
  const auto query = ParseStatusRequest(*request, clock_(), options_.allow_all_partners);
  if (!query.ok()) return Finish("GetDataStatus", query.status());
  auto status = ReadDataStatus(*query, reader_, tail_, DeadlineOf(*context));
  if (status.ok()) *response = std::move(*status);
  return Finish("GetDataStatus", status.status());
}

}  // namespace playhead::query
