#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "playhead/v1/aggregation.grpc.pb.h"
#include "services/aggregator/aggregator_metrics.h"
#include "services/aggregator/append_stream.h"
#include "services/aggregator/event_source.h"
#include "services/aggregator/writer.h"

namespace playhead::aggregator {

// The partners that are configured; nullopt: they could not be read yet. Thread-safe.
using KnownPartners = std::function<std::optional<std::vector<std::int32_t>>()>;

// The door of ingest and query. Internal: no reflection on its port.
class AggregationService final
    : public v1::Aggregation::WithCallbackMethod_AppendBatches<v1::Aggregation::Service> {
 public:
  // All must outlive the service. Writers in order of index.
  AggregationService(EventSource& source, LogAppender& log, std::vector<const Writer*> writers,
                     KnownPartners known_partners, AggregatorMetrics& metrics)
      : source_(source),
        appends_(log, metrics),
        writers_(std::move(writers)),
        known_partners_(std::move(known_partners)),
        metrics_(metrics) {}

  // Ends every AppendBatches stream as soon as what it has in flight is answered.
  void StopAppends() { appends_.Stop(); }

  AppendReactor* AppendBatches(grpc::CallbackServerContext* context) override;
  grpc::Status ReadTail(grpc::ServerContext* context, const v1::ReadTailRequest* request,
                        v1::ReadTailResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override;

 private:
  absl::Status CollectTail(const v1::ReadTailRequest& request,
                           v1::ReadTailResponse& response) const;
  absl::Status CollectStatus(v1::GetStatusResponse& response) const;

  EventSource& source_;
  AppendStreams appends_;
  const std::vector<const Writer*> writers_;
  const KnownPartners known_partners_;
  AggregatorMetrics& metrics_;
};

}  // namespace playhead::aggregator
