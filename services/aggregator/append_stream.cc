#include "services/aggregator/append_stream.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/grpc_status.h"

namespace playhead::aggregator {
namespace {

constexpr std::size_t kMaxRequests = 256;
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

class AppendStream final : public AppendReactor {
 public:
  static AppendReactor* Start(LogAppender& log, AggregatorMetrics& metrics) {
    auto stream = std::make_shared<AppendStream>(log, metrics);
    stream->self_ = stream;
    stream->StartRead(&stream->request_);
    return stream.get();
  }

  AppendStream(LogAppender& log, AggregatorMetrics& metrics) : log_(log), metrics_(metrics) {}

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      is_reading_ = false;
      has_ended_ = !ok;
    }
    if (ok) Append();
    Advance();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      is_writing_ = false;
      is_broken_ = is_broken_ || !ok;
    }
    Advance();
  }

  // What the log still reports keeps the object alive.
  void OnDone() override { self_.reset(); }

 private:
  // What to start next; decided under the lock, started outside.
  struct Next {
    bool read = false;
    bool write = false;
    bool finish = false;
  };

  void Append() {
    std::vector<LogAppend> batches;
    std::size_t bytes = 0;
    for (v1::PartitionBatch& batch : *request_.mutable_batches()) {
      bytes += batch.event_batch().size();
      batches.push_back(
          {.partition = batch.partition(), .payload = std::move(*batch.mutable_event_batch())});
    }
    {
      absl::MutexLock lock(&mutex_);
      ++requests_;
      bytes_ += bytes;
    }
    log_.Append(std::move(batches),
                [self = self_, id = request_.request_id(), bytes](absl::Status status) {
                  self->Appended(id, bytes, std::move(status));
                });
  }

  // Called in the order of requests, from the log's thread.
  void Appended(std::uint64_t request_id, std::size_t bytes, absl::Status status) {
    (status.ok() ? metrics_.appends : metrics_.appends_failed).Increment();
    {
      absl::MutexLock lock(&mutex_);
      --requests_;
      bytes_ -= bytes;
      if (status_.ok()) status_ = std::move(status);
      if (status_.ok()) durable_.push_back(request_id);
    }
    Advance();
  }

  void Advance() {
    Next next;
    grpc::Status status;
    {
      absl::MutexLock lock(&mutex_);
      next = Decide();
      if (next.finish) status = ToGrpcStatus(status_, "aggregation.playhead");
    }
    if (next.read) StartRead(&request_);
    if (next.write) StartWrite(&response_);
    if (next.finish) Finish(status);
  }

  Next Decide() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Next next;
    if (is_finished_) return next;
    if (is_broken_) durable_.clear();
    if (!is_writing_ && !durable_.empty()) {
      response_.set_request_id(durable_.front());
      durable_.pop_front();
      next.write = is_writing_ = true;
    }
    const bool has_answered = !is_writing_ && durable_.empty();
    next.finish = is_finished_ = has_answered && (!status_.ok() || (has_ended_ && requests_ == 0));
    const bool has_room = requests_ + durable_.size() < kMaxRequests && bytes_ < kMaxBytes;
    next.read = status_.ok() && !is_reading_ && !has_ended_ && has_room && !is_finished_;
    is_reading_ = is_reading_ || next.read;
    return next;
  }

  LogAppender& log_;
  AggregatorMetrics& metrics_;
  std::shared_ptr<AppendStream> self_;
  v1::AppendBatchesRequest request_;    // of the read in progress
  v1::AppendBatchesResponse response_;  // of the write in progress

  absl::Mutex mutex_;
  std::size_t requests_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::uint64_t> durable_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

AppendReactor* StartAppendStream(LogAppender& log, AggregatorMetrics& metrics) {
  return AppendStream::Start(log, metrics);
}

}  // namespace playhead::aggregator
