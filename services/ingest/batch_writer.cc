#include "services/ingest/batch_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace playhead::ingest {
namespace {

constexpr std::size_t kMaxRequestBytes = std::size_t{512} << 10;
// More keys than this count without their partner.
constexpr std::size_t kMaxRejectedKeys = 1000;
constexpr std::size_t kMaxRoomWaiters = 10'000;
// What one who waited for room may bring: no more are woken than fit.
constexpr std::size_t kRoomBytes = std::size_t{2} << 20;

std::chrono::steady_clock::duration ToSteady(absl::Duration duration) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      absl::ToChronoNanoseconds(duration));
}

AppendResult Unavailable(const char* why) { return {absl::UnavailableError(why), {}}; }

}  // namespace

BatchWriter::BatchWriter(const BatchWriterOptions& options, std::string producer)
    : options_(options), producer_(std::move(producer)) {}

void BatchWriter::Append(std::vector<RoutedEvent> events, absl::Duration limit, AppendDone done,
                         SteadyTime now) {
  Held held{.events = std::move(events),
            .bytes = 0,
            .arrival = now,
            .deadline = now + ToSteady(std::min(limit, options_.hold_time)),
            .done = std::move(done),
            .result = {}};
  for (const RoutedEvent& routed : held.events) held.bytes += EstimateBytes(routed.event);
  {
    absl::MutexLock lock(&mutex_);
    if (!is_closed_ && held_bytes_ + held.bytes <= options_.hold_bytes) {
      held_bytes_ += held.bytes;
      waiting_.push_back(std::move(held));
      return;
    }
  }
  held.done(Unavailable("too many events wait for the log; send again later"));
}

bool BatchWriter::HasRoom() const { return is_closed_ || held_bytes_ <= options_.hold_bytes / 2; }

void BatchWriter::AwaitRoom(absl::AnyInvocable<void()> ready) {
  {
    absl::MutexLock lock(&mutex_);
    if (!HasRoom() && room_waiters_.size() < kMaxRoomWaiters) {
      room_waiters_.push_back(std::move(ready));
      return;
    }
  }
  ready();
}

void BatchWriter::CountRejected(const RejectedKey& key, SteadyTime now) {
  absl::MutexLock lock(&mutex_);
  if (rejected_.empty()) rejected_since_ = now;
  RejectedKey kept = key;
  if (rejected_.size() >= kMaxRejectedKeys && !rejected_.contains(kept)) kept.partner = 0;
  ++rejected_[kept];
}

void BatchWriter::SetStatus(LogStatus status) {
  if (!packer_.has_value()) packer_.emplace(producer_, status.partition_count);
  absl::MutexLock lock(&mutex_);
  has_status_ = true;
  if (!status.partners_known) return;
  partners_known_ = true;
  known_partners_ = {status.known_partners.begin(), status.known_partners.end()};
}

bool BatchWriter::HasStatus() const {
  absl::MutexLock lock(&mutex_);
  return has_status_ && (partners_known_ || options_.accept_unknown_partners);
}

bool BatchWriter::CanPack(SteadyTime now) const {
  if (!has_status_) return false;
  if (!partners_known_ && !options_.accept_unknown_partners) return false;
  if (std::ssize(in_flight_) >= options_.max_in_flight) return false;
  if (!waiting_.empty()) return true;
  return !rejected_.empty() &&
         (is_closed_ || now - rejected_since_ >= ToSteady(options_.rejected_delay));
}

BatchWriter::Message BatchWriter::NextUnsent(SteadyTime now) {
  for (Request& request : in_flight_) {
    if (request.sent.has_value()) continue;
    request.sent = now;
    return request.message;
  }
  return nullptr;
}

BatchWriter::Message BatchWriter::NextToSend(SteadyTime now) {
  Message message;
  while (message == nullptr) {
    Taken taken;
    Outcomes finished;
    {
      absl::MutexLock lock(&mutex_);
      message = NextUnsent(now);
      if (message != nullptr || !CanPack(now)) return message;
      taken = Take(finished);
      is_packing_ = true;
    }
    Finish(std::move(finished));
    const bool has_request = !taken.waiters.empty() || !taken.rejected.empty();
    // Packing costs microseconds per event: not under the lock, which the doors need.
    Request request = has_request ? Pack(std::move(taken), now) : Request{};
    message = request.message;
    absl::MutexLock lock(&mutex_);
    if (has_request) in_flight_.push_back(std::move(request));
    is_packing_ = false;
  }
  return message;
}

BatchWriter::Taken BatchWriter::Take(Outcomes& finished) {
  Taken taken;
  taken.rejected = std::exchange(rejected_, {});
  std::size_t bytes = 0;
  while (!waiting_.empty() && bytes < kMaxRequestBytes) {
    Held held = std::move(waiting_.front());
    waiting_.pop_front();
    bytes += held.bytes;
    DropUnknownPartners(held);
    if (held.events.empty()) {
      held_bytes_ -= held.bytes;
      finished.push_back(std::move(held));
    } else {
      taken.waiters.push_back(std::move(held));
    }
  }
  return taken;
}

void BatchWriter::DropUnknownPartners(Held& held) {
  if (options_.accept_unknown_partners) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < held.events.size(); ++i) {
    if (known_partners_.contains(held.events[i].event.partner)) {
      if (kept != i) held.events[kept] = std::move(held.events[i]);
      ++kept;
    } else {
      held.result.unknown_partners.push_back(static_cast<int>(i));
    }
  }
  held.events.resize(kept);
}

BatchWriter::Request BatchWriter::Pack(Taken taken, SteadyTime now) {
  Request request;
  request.deadline = now + ToSteady(options_.hold_time);
  std::vector<RoutedEvent> events;
  for (Held& held : taken.waiters) {
    request.deadline = std::min(request.deadline, held.arrival + ToSteady(options_.hold_time));
    std::move(held.events.begin(), held.events.end(), std::back_inserter(events));
    held.events = {};
  }
  request.waiters = std::move(taken.waiters);
  request.batches = packer_->Pack(std::move(events), std::move(taken.rejected));
  request.message = MakeMessage(next_request_id_++, request.batches);
  for (PackedBatch& batch : request.batches) batch.bytes = {};
  request.sent = now;
  return request;
}

std::shared_ptr<v1::AppendBatchesRequest> BatchWriter::MakeMessage(
    std::uint64_t request_id, const std::vector<PackedBatch>& batches) {
  auto message = std::make_shared<v1::AppendBatchesRequest>();
  message->set_request_id(request_id);
  for (const PackedBatch& batch : batches) {
    v1::PartitionBatch& out = *message->add_batches();
    out.set_partition(batch.partition);
    out.set_event_batch(batch.bytes);
  }
  return message;
}

void BatchWriter::OnAck(std::uint64_t request_id) {
  Outcomes finished;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const Request& r) {
      return r.message->request_id() == request_id;
    });
    if (it == in_flight_.end()) return;
    for (Held& held : it->waiters) {
      held_bytes_ -= held.bytes;
      finished.push_back(std::move(held));
    }
    in_flight_.erase(it);
  }
  Finish(std::move(finished));
}

void BatchWriter::OnBroken() {
  absl::MutexLock lock(&mutex_);
  for (Request& request : in_flight_) request.sent.reset();
}

void BatchWriter::OnRefused() {
  Outcomes finished;
  {
    absl::MutexLock lock(&mutex_);
    if (in_flight_.empty()) return;
    for (Held& held : in_flight_.front().waiters) {
      held_bytes_ -= held.bytes;
      held.result = Unavailable("the log refused the batch");
      finished.push_back(std::move(held));
    }
    in_flight_.pop_front();
  }
  Finish(std::move(finished));
}

// Called for a request whose callers are told that it failed.
void BatchWriter::GiveUp(Request& request, Outcomes& finished) {
  for (Held& held : request.waiters) {
    held_bytes_ -= held.bytes;
    held.result = Unavailable("the log did not answer in time; send again");
    finished.push_back(std::move(held));
  }
  request.waiters.clear();
  request.is_given_up = true;
  std::vector<PackedBatch> counts;
  for (const PackedBatch& batch : request.batches) {
    if (!batch.rejected.empty()) counts.push_back(packer_->WithoutEvents(batch));
  }
  request.message = MakeMessage(request.message->request_id(), counts);
  request.batches = std::move(counts);
}

void BatchWriter::Expire(SteadyTime now) {
  Outcomes finished;
  {
    absl::MutexLock lock(&mutex_);
    for (Held& held : waiting_) {
      if (held.deadline > now) continue;
      held_bytes_ -= held.bytes;
      held.result = Unavailable("the log could not be reached in time; send again");
      finished.push_back(std::move(held));
    }
    std::erase_if(waiting_, [&](const Held& held) { return held.deadline <= now; });
    for (Request& request : in_flight_) {
      if (!request.is_given_up && request.deadline <= now) GiveUp(request, finished);
    }
    std::erase_if(in_flight_, [](const Request& r) { return r.batches.empty(); });
  }
  Finish(std::move(finished));
}

std::optional<SteadyTime> BatchWriter::OldestSent() const {
  absl::MutexLock lock(&mutex_);
  return in_flight_.empty() ? std::nullopt : in_flight_.front().sent;
}

void BatchWriter::Close() {
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
  }
  Finish({});
}

bool BatchWriter::IsEmpty() const {
  absl::MutexLock lock(&mutex_);
  return !is_packing_ && waiting_.empty() && in_flight_.empty() && rejected_.empty();
}

std::size_t BatchWriter::HeldBytes() const {
  absl::MutexLock lock(&mutex_);
  return held_bytes_;
}

void BatchWriter::Finish(Outcomes finished) {
  for (Held& held : finished) held.done(std::move(held.result));
  std::vector<absl::AnyInvocable<void()>> ready;
  {
    absl::MutexLock lock(&mutex_);
    std::size_t promised = held_bytes_;
    while (!room_waiters_.empty() && HasRoom() &&
           (is_closed_ || ready.empty() || promised <= options_.hold_bytes / 2)) {
      ready.push_back(std::move(room_waiters_.front()));
      room_waiters_.pop_front();
      promised += kRoomBytes;
    }
  }
  for (auto& call : ready) call();
}

}  // namespace playhead::ingest
