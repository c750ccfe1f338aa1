#include "services/aggregator/log/append_queue.h"

#include <utility>

namespace playhead::aggregator {
namespace {

// Refused requests have no bytes: this bounds them.
constexpr std::size_t kMaxRequests = 1 << 16;

std::size_t PayloadBytes(const std::vector<LogAppend>& batches) {
  std::size_t bytes = 0;
  for (const LogAppend& batch : batches) bytes += batch.payload.size();
  return bytes;
}

}  // namespace

void AppendQueue::Push(AppendRequest request) {
  request.bytes = PayloadBytes(request.batches);
  const auto has_room = [this] {
    mutex_.AssertReaderHeld();
    return requests_.size() < kMaxRequests || is_closed_;
  };
  const absl::MutexLock lock(&mutex_, absl::Condition(&has_room));
  if (bytes_ + request.bytes > max_bytes_) {
    request.refusal = absl::UnavailableError("the log's queue is full; send again later");
    request.batches.clear();
    request.bytes = 0;
  }
  bytes_ += request.bytes;
  requests_.push_back(std::move(request));
}

std::vector<AppendRequest> AppendQueue::Take(std::size_t max_bytes, absl::Duration wait) {
  std::vector<AppendRequest> taken;
  const auto has_work = [this] {
    mutex_.AssertReaderHeld();
    return !requests_.empty() || is_closed_;
  };
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&has_work), wait);
  std::size_t bytes = 0;
  while (!requests_.empty() && (taken.empty() || bytes + requests_.front().bytes <= max_bytes)) {
    bytes += requests_.front().bytes;
    taken.push_back(std::move(requests_.front()));
    requests_.pop_front();
  }
  bytes_ -= bytes;
  return taken;
}

void AppendQueue::Close() {
  const absl::MutexLock lock(&mutex_);
  is_closed_ = true;
}

bool AppendQueue::IsClosedAndEmpty() const {
  const absl::MutexLock lock(&mutex_);
  return is_closed_ && requests_.empty();
}

}  // namespace playhead::aggregator
