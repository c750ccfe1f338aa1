#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/event.h"
#include "playhead/v1/event_tracking.pb.h"

namespace playhead::ingest {

// An event and where it goes: partition = route mod the number of partitions.
struct RoutedEvent {
  Event event;
  std::uint64_t route = 0;
};

struct AppendResult {
  // OK: every event that is not in `unknown_partners` is durable. Unavailable: the log is away or
  // the hold is full; some may have been appended.
  absl::Status status;
  // Indexes of events that were left out because nobody knows their partner, ascending.
  std::vector<int> unknown_partners;
};

using AppendDone = absl::AnyInvocable<void(AppendResult)>;

// What a count of refused events is kept by.
struct RejectedKey {
  std::int64_t minute = 0;  // Unix, of receipt
  std::uint8_t door = 0;    // a v1::Door
  std::int32_t partner = 0;
  v1::RejectionReason reason = v1::REJECTION_REASON_UNSPECIFIED;

  friend auto operator<=>(const RejectedKey&, const RejectedKey&) = default;
};

// Where accepted events go. Safe to call from many threads.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Calls `done` exactly once, from any thread, also from within Append. Does not block. Events
  // that were not taken up within `limit` (at most the log's own hold time) are dropped:
  // Unavailable.
  virtual void Append(std::vector<RoutedEvent> events, absl::Duration limit, AppendDone done) = 0;

  // Calls `ready` once, from any thread, also from within AwaitRoom, as soon as the hold is at most
  // half full. So that a caller need not read what Append would refuse; no promise that it will
  // not.
  virtual void AwaitRoom(absl::AnyInvocable<void()> ready) = 0;

  // Lets the log carry a count of refused events.
  virtual void CountRejected(const RejectedKey& key) = 0;

  // Takes no more events, and waits until all events and counts are durable. DeadlineExceeded: some
  // are not.
  virtual absl::Status Drain(absl::Duration limit) = 0;
};

}  // namespace playhead::ingest
