#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "playhead/v1/event_tracking.grpc.pb.h"

namespace playhead::tools {

// Sends requests through EventTracking/StreamEvents, a few of them on their way at once. A stream
// is used for a while and has a deadline; then the next one follows. For one thread.
class EventSender {
 public:
  struct Result {
    std::int64_t accepted = 0;
    std::int64_t refused = 0;
    // Of the first refused events.
    std::vector<std::string> refusals;
  };

  explicit EventSender(v1::EventTracking::Stub& stub) : stub_(stub) {}
  // Cancels what Finish did not wait for.
  ~EventSender();

  // Waits while too many requests are on their way. An error of the stream, after which nothing
  // more is sent.
  grpc::Status Send(const v1::TrackEventsRequest& request);
  // Waits for the answers to everything that was sent.
  grpc::Status Finish();

  // What was answered by now. From any thread.
  Result result() const;

 private:
  void Open();
  void ReadAnswers();
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  v1::EventTracking::Stub& stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::TrackEventsRequest, v1::TrackEventsResponse>>
      stream_;
  absl::Time opened_;
  std::thread reader_;
  mutable absl::Mutex mutex_;
  int on_their_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  Result result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::tools
