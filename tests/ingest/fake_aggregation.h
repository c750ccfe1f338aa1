#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/event_batch.h"
#include "grpcpp/grpcpp.h"
#include "playhead/v1/aggregation.grpc.pb.h"

namespace playhead::ingest {

// An aggregator that keeps batches in memory and fails as it is told.
class FakeAggregation final : public v1::Aggregation::Service {
 public:
  struct Appended {
    std::int32_t partition = 0;
    std::string bytes;
  };

  grpc::Status AppendBatches(grpc::ServerContext* context,
                             grpc::ServerReaderWriter<v1::AppendBatchesResponse,
                                                      v1::AppendBatchesRequest>* stream) override {
    {
      absl::MutexLock lock(&mutex_);
      ++streams_;
    }
    v1::AppendBatchesRequest request;
    while (stream->Read(&request)) {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
      if (refusals_ > 0) {
        --refusals_;
        return {grpc::StatusCode::INVALID_ARGUMENT, "no such partition"};
      }
      if (drops_before_ > 0) {
        --drops_before_;
        return {grpc::StatusCode::UNAVAILABLE, "dropped before the append"};
      }
      for (const v1::PartitionBatch& batch : request.batches()) {
        appended_.push_back({batch.partition(), batch.event_batch()});
      }
      if (drops_after_ > 0) {
        --drops_after_;
        return {grpc::StatusCode::UNAVAILABLE, "dropped after the append"};
      }
      const auto may_ack = [this, context]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !is_holding_acks_ || context->IsCancelled();
      };
      while (!mutex_.AwaitWithTimeout(absl::Condition(&may_ack), absl::Milliseconds(10))) {
      }
      v1::AppendBatchesResponse response;
      response.set_request_id(request.request_id());
      if (!stream->Write(response)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    absl::MutexLock lock(&mutex_);
    if (status_failures_ > 0) {
      --status_failures_;
      return {grpc::StatusCode::UNAVAILABLE, "starting"};
    }
    response->set_partition_count(4);
    response->set_partners_known(true);
    response->add_known_partners(1);
    return grpc::Status::OK;
  }

  void FailStatus(int times) {
    absl::MutexLock lock(&mutex_);
    status_failures_ = times;
  }
  // The next requests end their streams, before or after they were appended.
  void Drop(int before, int after) {
    absl::MutexLock lock(&mutex_);
    drops_before_ = before;
    drops_after_ = after;
  }
  void Refuse(int times) {
    absl::MutexLock lock(&mutex_);
    refusals_ = times;
  }
  void HoldAcks(bool hold) {
    absl::MutexLock lock(&mutex_);
    is_holding_acks_ = hold;
  }
  void WaitForRequests(std::size_t count) {
    const auto has_them = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return requests_.size() >= count;
    };
    absl::MutexLock lock(&mutex_, absl::Condition(&has_them));
  }
  std::vector<v1::AppendBatchesRequest> requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }
  // As a reader sees it: in order, each batch of a producer once.
  std::vector<UnpackedBatch> Distinct(std::int64_t now_ms) const {
    absl::MutexLock lock(&mutex_);
    std::map<std::pair<std::int32_t, std::uint64_t>, std::string> seen;
    std::vector<UnpackedBatch> batches;
    for (const Appended& appended : appended_) {
      absl::StatusOr<UnpackedBatch> batch = UnpackBatch(appended.bytes, now_ms);
      if (!batch.ok()) abort();
      if (seen.emplace(std::pair(appended.partition, batch->sequence), appended.bytes).second) {
        batches.push_back(*std::move(batch));
      }
    }
    return batches;
  }
  std::vector<Appended> appended() const {
    absl::MutexLock lock(&mutex_);
    return appended_;
  }
  int streams() const {
    absl::MutexLock lock(&mutex_);
    return streams_;
  }

 private:
  mutable absl::Mutex mutex_;
  int status_failures_ ABSL_GUARDED_BY(mutex_) = 0;
  int drops_before_ ABSL_GUARDED_BY(mutex_) = 0;
  int drops_after_ ABSL_GUARDED_BY(mutex_) = 0;
  int refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_holding_acks_ ABSL_GUARDED_BY(mutex_) = false;
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<v1::AppendBatchesRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<Appended> appended_ ABSL_GUARDED_BY(mutex_);
};

// A FakeAggregation that is reached over the network and can die and come back on the same port.
class FakeAggregator {
 public:
  FakeAggregator() { Start(); }
  ~FakeAggregator() { Die(); }

  void Start() {
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(8 << 20);
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_),
                             grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) abort();
  }
  void Die() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }
  FakeAggregation& service() { return service_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  FakeAggregation service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace playhead::ingest
