#pragma once

#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/grpcpp.h"
#include "playhead/v1/aggregation.grpc.pb.h"
#include "services/aggregator/aggregator_metrics.h"
#include "services/aggregator/event_source.h"

namespace playhead::aggregator {

using AppendReactor = grpc::ServerBidiReactor<v1::AppendBatchesRequest, v1::AppendBatchesResponse>;

class AppendStream;

// The AppendBatches streams of a server. Thread-safe.
class AppendStreams {
 public:
  // Both must outlive every stream.
  AppendStreams(LogAppender& log, AggregatorMetrics& metrics) : log_(log), metrics_(metrics) {}

  // Serves one stream to its end: requests are appended as they come, responses follow in their
  // order as they become durable, a bounded number is in flight. The first request that fails ends
  // the stream with its status, after the responses before it. The reactor deletes itself.
  AppendReactor* Start();

  // Ends every stream with Unavailable as soon as what it has in flight is answered; new ones too.
  void Stop();

 private:
  friend class AppendStream;
  void Remove(AppendStream* stream);

  LogAppender& log_;
  AggregatorMetrics& metrics_;
  absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<AppendStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::aggregator
