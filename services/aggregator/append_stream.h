#pragma once

#include "grpcpp/grpcpp.h"
#include "playhead/v1/aggregation.grpc.pb.h"
#include "services/aggregator/aggregator_metrics.h"
#include "services/aggregator/event_source.h"

namespace playhead::aggregator {

using AppendReactor = grpc::ServerBidiReactor<v1::AppendBatchesRequest, v1::AppendBatchesResponse>;

// Serves one AppendBatches stream to its end: requests are appended as they come, responses follow
// in their order as they become durable, a bounded number is in flight. The first request that
// fails ends the stream with its status, after the responses before it. The reactor deletes itself;
// `log` and `metrics` must outlive it.
AppendReactor* StartAppendStream(LogAppender& log, AggregatorMetrics& metrics);

}  // namespace playhead::aggregator
