#pragma once

#include <atomic>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "services/query/query_metrics.h"

namespace playhead::query {

// Bounds how many reports are computed at once, over all doors. Safe to use from many threads; must
// outlive its passes.
class Admission {
 public:
  Admission(int limit, QueryMetrics& metrics) : limit_(limit), metrics_(metrics) {}

  // Held while a report is computed.
  class Pass {
   public:
    explicit Pass(Admission* admission) : admission_(admission) {}
    Pass(Pass&& other) noexcept : admission_(other.admission_) { other.admission_ = nullptr; }
    Pass& operator=(Pass&&) = delete;
    ~Pass();

   private:
    Admission* admission_;
  };
  // RESOURCE_EXHAUSTED (TOO_MANY_CONCURRENT), with RetryInfo.
  absl::StatusOr<Pass> Enter();

 private:
  const int limit_;
  QueryMetrics& metrics_;
  std::atomic<int> running_ = 0;
};

// When a call must be over: the client's deadline, at most 30 s from now.
absl::Time DeadlineOf(const grpc::ServerContext& context);

}  // namespace playhead::query
