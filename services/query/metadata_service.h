#pragma once

#include "common/clock.h"
#include "playhead/v1/metadata.grpc.pb.h"
#include "services/query/plan.h"
#include "services/query/query_metrics.h"
#include "services/query/rollup_reader.h"
#include "services/query/tail.h"

namespace playhead::query {

struct MetadataOptions {
  bool allow_all_partners = false;
  Retention retention;
};

// The gRPC door of the dictionaries and the status of the data.
class MetadataServiceImpl final : public v1::Metadata::Service {
 public:
  // Reader, tail and metrics must outlive the service.
  MetadataServiceImpl(RollupReader& reader, TailReader& tail, QueryMetrics& metrics,
                      MetadataOptions options, Clock clock);

  grpc::Status ListDimensions(grpc::ServerContext* context,
                              const v1::ListDimensionsRequest* request,
                              v1::ListDimensionsResponse* response) override;
  grpc::Status ListMetrics(grpc::ServerContext* context, const v1::ListMetricsRequest* request,
                           v1::ListMetricsResponse* response) override;
  grpc::Status ListRollups(grpc::ServerContext* context, const v1::ListRollupsRequest* request,
                           v1::ListRollupsResponse* response) override;
  grpc::Status GetDataStatus(grpc::ServerContext* context, const v1::GetDataStatusRequest* request,
                             v1::GetDataStatusResponse* response) override;

 private:
  grpc::Status Finish(const char* rpc, const absl::Status& status);

  RollupReader& reader_;
  TailReader& tail_;
  QueryMetrics& metrics_;
  const MetadataOptions options_;
  const Clock clock_;
};

}  // namespace playhead::query
