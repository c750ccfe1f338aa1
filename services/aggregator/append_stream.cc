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

}  // namespace

class AppendStream final : public AppendReactor, public std::enable_shared_from_this<AppendStream> {
 public:
  explicit AppendStream(AppendStreams& streams)
      : streams_(streams), log_(streams.log_), metrics_(streams.metrics_) {}

  void ReadFirst() { StartRead(&request_); }

  // Reads no more.
  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      is_stopped_ = true;
    }
    Advance();
  }

  void OnReadDone(bool ok) override {
    bool is_wanted = ok;
    {
      absl::MutexLock lock(&mutex_);
      is_reading_ = false;
      has_ended_ = !ok;
      is_wanted = ok && !is_finished_;
    }
    if (is_wanted) Append();
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

  // What the log has still to report keeps the object alive beyond this.
  void OnDone() override { streams_.Remove(this); }

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
                [self = shared_from_this(), id = request_.request_id(),
                 bytes](absl::Status status) { self->Appended(id, bytes, std::move(status)); });
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
      if (next.finish) status = ToGrpcStatus(EndStatus(), "aggregation.playhead");
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
    const bool is_last = (has_ended_ || is_stopped_) && requests_ == 0;
    next.finish = is_finished_ = has_answered && (!status_.ok() || is_last);
    const bool has_room = requests_ + durable_.size() < kMaxRequests && bytes_ < kMaxBytes;
    next.read =
        status_.ok() && !is_reading_ && !has_ended_ && !is_stopped_ && has_room && !is_finished_;
    is_reading_ = is_reading_ || next.read;
    return next;
  }

  absl::Status EndStatus() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!status_.ok() || has_ended_) return status_;
    return absl::UnavailableError("the aggregator is stopping; send again to another one or later");
  }

  AppendStreams& streams_;
  LogAppender& log_;
  AggregatorMetrics& metrics_;
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
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

AppendReactor* AppendStreams::Start() {
  auto stream = std::make_shared<AppendStream>(*this);
  bool is_stopped = false;
  {
    absl::MutexLock lock(&mutex_);
    streams_.insert(stream);
    is_stopped = is_stopped_;
  }
  stream->ReadFirst();
  if (is_stopped) stream->Stop();
  return stream.get();
}

void AppendStreams::Stop() {
  std::set<std::shared_ptr<AppendStream>> streams;
  {
    absl::MutexLock lock(&mutex_);
    is_stopped_ = true;
    streams = streams_;
  }
  for (const std::shared_ptr<AppendStream>& stream : streams) stream->Stop();
}

void AppendStreams::Remove(AppendStream* stream) {
  std::shared_ptr<AppendStream> removed = stream->shared_from_this();
  absl::MutexLock lock(&mutex_);
  streams_.erase(removed);
}

}  // namespace playhead::aggregator
