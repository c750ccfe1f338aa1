#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "playhead/v1/aggregation.pb.h"
#include "services/ingest/batch_packer.h"
#include "services/ingest/event_log.h"

namespace playhead::ingest {

// Never goes back, so that a set clock expires nothing.
using SteadyTime = std::chrono::steady_clock::time_point;

struct BatchWriterOptions {
  // Of events that were not acked yet.
  std::size_t hold_bytes = std::size_t{64} << 20;
  // How long they may wait.
  absl::Duration hold_time = absl::Seconds(30);
  // How long counts of refused events wait for a batch with events.
  absl::Duration rejected_delay = absl::Seconds(10);
  int max_in_flight = 8;
  bool accept_unknown_partners = false;
};

// What ingest must know of the log before it can pack.
struct LogStatus {
  std::int32_t partition_count = 0;  // above 0; never changes
  bool partners_known = false;
  std::vector<std::int32_t> known_partners;
};

// The bounded queue between the doors and the log: waiting events become batches, batches stay
// until they are acked. What is packed while an earlier request is on its way is whatever came in
// meanwhile.
//
// A request that was not acked in time is given up: its callers get Unavailable, and its events are
// never sent again. Its counts of refused events live on in batches of the same producer and
// sequence without events, so that the reader takes either the one or the other.
//
// Safe from many threads; NextToSend, Expire and SetStatus from one at a time.
class BatchWriter {
 public:
  // `producer`: 16 bytes.
  BatchWriter(const BatchWriterOptions& options, std::string producer);

  // As EventLog::Append. Unavailable at once when the hold is full or closed.
  void Append(std::vector<RoutedEvent> events, absl::Duration limit, AppendDone done,
              SteadyTime now);
  // As EventLog::AwaitRoom. Callers beyond 10,000 do not wait.
  void AwaitRoom(absl::AnyInvocable<void()> ready);
  void CountRejected(const RejectedKey& key, SteadyTime now);

  // Nothing is packed before the first status. A status with partners_known false leaves the known
  // partners as they are. The partition count of later ones is ignored.
  void SetStatus(LogStatus status);
  bool HasStatus() const;

  // The next request that was not sent since the last OnBroken, oldest first, else a new one of
  // what waits; null: nothing to send, or too many in flight. It is marked as sent.
  std::shared_ptr<const v1::AppendBatchesRequest> NextToSend(SteadyTime now);

  // The log has it durably. Requests that are not in flight any more are ignored.
  void OnAck(std::uint64_t request_id);

  // The stream ended: what was sent and not acked is to be sent again.
  void OnBroken();

  // The log said that the oldest request can never be appended. Its callers get Unavailable.
  void OnRefused();

  // Gives up what has waited too long.
  void Expire(SteadyTime now);

  // When the oldest request that is on its way was sent.
  std::optional<SteadyTime> OldestSent() const;

  // Lets counts of refused events go at once, wakes all who wait for room, and refuses further
  // events.
  void Close();

  // Nothing waits, nothing is in flight, no counts are left.
  bool IsEmpty() const;
  std::size_t HeldBytes() const;

 private:
  // One call of Append.
  struct Held {
    std::vector<RoutedEvent> events;
    std::size_t bytes = 0;
    SteadyTime arrival;
    SteadyTime deadline;
    AppendDone done;
    AppendResult result;
  };
  struct Request {
    std::shared_ptr<v1::AppendBatchesRequest> message;
    std::vector<PackedBatch> batches;
    std::vector<Held> waiters;
    SteadyTime deadline;
    std::optional<SteadyTime> sent;
    bool is_given_up = false;
  };
  struct Taken {
    std::vector<Held> waiters;
    RejectedCounts rejected;
  };
  using Outcomes = std::vector<Held>;

  using Message = std::shared_ptr<const v1::AppendBatchesRequest>;

  Message NextUnsent(SteadyTime now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CanPack(SteadyTime now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Taken Take(Outcomes& finished) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropUnknownPartners(Held& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Request Pack(Taken taken, SteadyTime now);
  void GiveUp(Request& request, Outcomes& finished) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static std::shared_ptr<v1::AppendBatchesRequest> MakeMessage(
      std::uint64_t request_id, const std::vector<PackedBatch>& batches);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(Outcomes finished) ABSL_LOCKS_EXCLUDED(mutex_);

  const BatchWriterOptions options_;
  const std::string producer_;

  // Touched by the sending thread only.
  std::optional<BatchPacker> packer_;
  std::uint64_t next_request_id_ = 1;

  mutable absl::Mutex mutex_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_packing_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_status_ ABSL_GUARDED_BY(mutex_) = false;
  bool partners_known_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<std::int32_t> known_partners_ ABSL_GUARDED_BY(mutex_);
  std::deque<Held> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<absl::AnyInvocable<void()>> room_waiters_ ABSL_GUARDED_BY(mutex_);
  RejectedCounts rejected_ ABSL_GUARDED_BY(mutex_);
  SteadyTime rejected_since_ ABSL_GUARDED_BY(mutex_);
  std::deque<Request> in_flight_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::ingest
