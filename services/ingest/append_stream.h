#pragma once

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "playhead/v1/aggregation.grpc.pb.h"

namespace playhead::ingest {

// One AppendBatches call. Callbacks come from gRPC's threads, which may be a caller of Write: they
// must not take locks that are held there.
//
// Destroy it after on_end was called, and not on a thread of gRPC: it may hold the last reference
// to the channel, whose end waits for those threads.
class AppendStream final
    : public grpc::ClientBidiReactor<v1::AppendBatchesRequest, v1::AppendBatchesResponse> {
 public:
  struct Callbacks {
    absl::AnyInvocable<void(std::uint64_t request_id)> on_ack;
    // Write may be called (again).
    absl::AnyInvocable<void()> on_writable;
    // The last callback: the stream has ended, and may be destroyed from now on.
    absl::AnyInvocable<void(absl::Status)> on_end;
  };

  // `stub` must outlive the stream.
  static std::unique_ptr<AppendStream> Start(v1::Aggregation::StubInterface& stub,
                                             Callbacks callbacks);

  // Whether Write would be taken now.
  bool IsWritable() const;

  // False: the stream has ended, or an earlier write is not done; nothing is sent.
  bool Write(std::shared_ptr<const v1::AppendBatchesRequest> request);

  // Ends the stream soon.
  void Cancel();

 private:
  explicit AppendStream(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  Callbacks callbacks_;
  grpc::ClientContext context_;
  v1::AppendBatchesResponse response_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const v1::AppendBatchesRequest> writing_ ABSL_GUARDED_BY(mutex_);
  bool is_ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace playhead::ingest
