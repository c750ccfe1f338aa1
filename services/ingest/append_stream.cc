#include "services/ingest/append_stream.h"

#include <utility>

#include "common/grpc_status.h"

namespace playhead::ingest {

std::unique_ptr<AppendStream> AppendStream::Start(v1::Aggregation::StubInterface& stub,
                                                  Callbacks callbacks) {
  std::unique_ptr<AppendStream> stream(new AppendStream(std::move(callbacks)));
  stub.async()->AppendBatches(&stream->context_, stream.get());
  // Writes come from outside of callbacks: the hold keeps OnDone away from them.
  stream->AddHold();
  stream->StartRead(&stream->response_);
  stream->StartCall();
  return stream;
}

bool AppendStream::IsWritable() const {
  absl::MutexLock lock(&mutex_);
  return !is_ended_ && writing_ == nullptr;
}

bool AppendStream::Write(std::shared_ptr<const v1::AppendBatchesRequest> request) {
  const v1::AppendBatchesRequest* message = request.get();
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_ || writing_ != nullptr) return false;
    writing_ = std::move(request);
  }
  // Without the lock: gRPC may run callbacks from in here.
  StartWrite(message);
  return true;
}

void AppendStream::Cancel() { context_.TryCancel(); }

void AppendStream::OnReadDone(bool ok) {
  if (ok) {
    callbacks_.on_ack(response_.request_id());
    StartRead(&response_);
    return;
  }
  bool is_idle = false;
  {
    absl::MutexLock lock(&mutex_);
    is_ended_ = true;
    is_idle = writing_ == nullptr;
  }
  // Nothing more can come; a write that waits for flow control must not wait for ever.
  context_.TryCancel();
  if (is_idle) RemoveHold();
}

void AppendStream::OnWriteDone(bool /*ok*/) {
  bool is_ended = false;
  {
    absl::MutexLock lock(&mutex_);
    writing_.reset();
    is_ended = is_ended_;
  }
  if (is_ended) {
    RemoveHold();
  } else {
    callbacks_.on_writable();
  }
}

void AppendStream::OnDone(const grpc::Status& status) {
  // Taken out first: the owner may destroy the stream while it runs.
  auto on_end = std::move(callbacks_.on_end);
  on_end(FromGrpcStatus(status));
}

}  // namespace playhead::ingest
