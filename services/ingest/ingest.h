#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "playhead/v1/event_tracking.pb.h"
#include "services/ingest/beacon_parser.h"
#include "services/ingest/client_finder.h"
#include "services/ingest/event_log.h"
#include "services/ingest/ingest_metrics.h"
#include "services/ingest/received_events.h"
#include "services/ingest/user_agent_cache.h"
#include "services/ingest/validate.h"
#include "services/ingest/verified_users.h"

namespace playhead::ingest {

inline constexpr int kMaxRequestEvents = 1000;
// What callers are told to wait before they send again.
inline constexpr absl::Duration kRetryAfter = absl::Seconds(2);
// How long a call of the gRPC door waits for the log.
inline constexpr absl::Duration kMaxWait = absl::Seconds(30);
// Of the gRPC door's errors.
inline constexpr char kErrorDomain[] = "ingest.playhead";

// Where what the server knows of an event's sender comes from.
struct Enrichment {
  // Addresses, and places where it has a Geo.
  ClientFinder clients = ClientFinder();
  // Null: nothing is read from a User-Agent.
  UserAgentCache* user_agents = nullptr;
  // Null: nobody is verified.
  VerifiedUsers* users = nullptr;
};

// Parse, validate, enrich, append, count: what both doors do with events. Safe from any thread.
class Ingest {
 public:
  // OK: durable, or refused for good (and counted). Unavailable: the log is away.
  using BeaconDone = absl::AnyInvocable<void(absl::Status)>;
  using TrackEventsDone = absl::AnyInvocable<void(absl::StatusOr<v1::TrackEventsResponse>)>;

  // `log`, `metrics` and what `enrichment` points to must outlive it.
  Ingest(EventLog& log, IngestMetrics& metrics, const TimeLimits& limits, Clock clock,
         Enrichment enrichment = {});

  // `request` is not kept. Calls `done` once, from any thread.
  void TrackBeacon(const BeaconRequest& request, BeaconDone done);

  // Counts a beacon that was refused before it was read to its end.
  void RejectBeacon(v1::RejectionReason reason, std::int32_t partner);

  // `peer_address` is the caller's. Neither it nor `request` is kept. Calls `done` once, from any
  // thread: the answer, InvalidArgument (BATCH_SIZE), or Unavailable with a retry delay. Gives up
  // waiting for the log after `limit`.
  void TrackEvents(const ReceivedEvents& received, std::string_view peer_address,
                   absl::Duration limit, TrackEventsDone done);

  // Calls `ready` once, from any thread, as soon as events are likely to be taken.
  void AwaitRoom(absl::AnyInvocable<void()> ready) { log_.AwaitRoom(std::move(ready)); }

 private:
  struct Tracked;  // one request of the gRPC door on its way

  // Null: nothing is known.
  std::shared_ptr<const UserAgent> FindUserAgent(std::string_view text);

  void CountRejection(v1::Door door, std::int32_t partner, absl::Time receive_time,
                      v1::RejectionReason reason);
  std::string VerifiedUser(const v1::PlayerEvent& event, absl::Time now);
  std::vector<RoutedEvent> AdmitEvents(const ReceivedEvents& received,
                                       std::string_view peer_address, Tracked& tracked);
  void FinishEvents(Tracked tracked, const AppendResult& result, TrackEventsDone done);

  EventLog& log_;
  IngestMetrics& metrics_;
  const TimeLimits limits_;
  const Clock clock_;
  const Enrichment enrichment_;
};

}  // namespace playhead::ingest
