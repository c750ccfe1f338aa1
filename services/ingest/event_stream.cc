#include "services/ingest/event_stream.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "common/grpc_status.h"

namespace playhead::ingest {
namespace {

using Result = absl::StatusOr<v1::TrackEventsResponse>;

// Whatever happens changes the state and calls Drive. Of all threads in Drive one at a time decides
// and acts, because nothing may be started on a call after Finish; without the lock, because gRPC
// may run callbacks from in there.
class EventStream final : public EventStreamReactor,
                          public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(Ingest& ingest, std::string peer_address)
      : ingest_(ingest), peer_address_(std::move(peer_address)) {}

  void Start() {
    self_ = shared_from_this();
    Drive();
  }

  void OnReadDone(bool ok) override {
    if (ok) Track();
    {
      absl::MutexLock lock(&mutex_);
      is_reading_ = false;
      if (!ok) has_all_ = true;
    }
    Drive();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      is_writing_ = false;
      if (!ok) is_broken_ = true;
    }
    Drive();
  }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      is_broken_ = true;
    }
    Drive();
  }

  void OnDone() override { self_.reset(); }

 private:
  enum class Step { kNone, kAwaitRoom, kRead, kWrite, kFinish };

  void Track() {
    std::uint64_t number = 0;
    {
      absl::MutexLock lock(&mutex_);
      number = first_ + results_.size();
      results_.emplace_back();
    }
    const auto received = ReadEvents(request_);
    if (!received.ok()) return OnResult(number, received.status());
    ingest_.TrackEvents(*received, peer_address_, kMaxWait,
                        [self = shared_from_this(), number](Result result) {
                          self->OnResult(number, std::move(result));
                        });
  }

  void OnResult(std::uint64_t number, Result result) {
    {
      absl::MutexLock lock(&mutex_);
      results_[number - first_] = std::move(result);
    }
    Drive();
  }

  void OnRoom() {
    {
      absl::MutexLock lock(&mutex_);
      is_awaiting_room_ = false;
      has_room_ = true;
    }
    Drive();
  }

  void Drive() {
    const std::shared_ptr<EventStream> keep = shared_from_this();
    {
      absl::MutexLock lock(&mutex_);
      has_changed_ = true;
      if (is_driven_) return;
      is_driven_ = true;
    }
    while (true) {
      Step step = Step::kNone;
      {
        absl::MutexLock lock(&mutex_);
        step = NextStep();
        if (step == Step::kNone && !std::exchange(has_changed_, false)) {
          is_driven_ = false;
          return;
        }
      }
      Do(step);
    }
  }

  Step NextStep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (is_finished_) return Step::kNone;
    if (!is_writing_) {
      if (is_broken_) return FinishWith(absl::CancelledError("the stream is broken"));
      if (!results_.empty() && results_.front().has_value()) return TakeResult();
      if (results_.empty() && has_all_) return FinishWith(absl::OkStatus());
    }
    if (is_broken_ || has_all_ || is_reading_ || is_awaiting_room_) return Step::kNone;
    if (results_.size() >= kMaxStreamRequests) return Step::kNone;
    if (std::exchange(has_room_, false)) {
      is_reading_ = true;
      return Step::kRead;
    }
    is_awaiting_room_ = true;
    return Step::kAwaitRoom;
  }

  Step TakeResult() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Result result = *std::move(results_.front());
    if (!result.ok()) return FinishWith(result.status());
    response_ = BufferOf(*result);
    results_.pop_front();
    ++first_;
    is_writing_ = true;
    return Step::kWrite;
  }

  Step FinishWith(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    is_finished_ = true;
    status_ = std::move(status);
    return Step::kFinish;
  }

  void Do(Step step) {
    switch (step) {
      case Step::kNone:
        return;
      case Step::kAwaitRoom:
        return ingest_.AwaitRoom([self = shared_from_this()] { self->OnRoom(); });
      case Step::kRead:
        return StartRead(&request_);
      case Step::kWrite:
        return StartWrite(&response_);
      case Step::kFinish:
        return Finish(ToGrpcStatus(status_, kErrorDomain));
    }
  }

  Ingest& ingest_;
  const std::string peer_address_;
  // Until OnDone; also the log may hold the stream.
  std::shared_ptr<EventStream> self_;

  // Of the read, the write and Finish that are under way.
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  absl::Status status_;

  absl::Mutex mutex_;
  bool is_driven_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_awaiting_room_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_room_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_all_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the requests from first_ on, in their order.
  std::deque<std::optional<Result>> results_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t first_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

grpc::ByteBuffer BufferOf(const v1::TrackEventsResponse& response) {
  const grpc::Slice slice(response.SerializeAsString());
  return {&slice, 1};
}

EventStreamReactor* StartEventStream(Ingest& ingest, std::string peer_address) {
  const auto stream = std::make_shared<EventStream>(ingest, std::move(peer_address));
  stream->Start();
  return stream.get();
}

}  // namespace playhead::ingest
