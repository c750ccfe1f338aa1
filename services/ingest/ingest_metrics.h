#pragma once

#include <array>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "playhead/v1/event_batch.pb.h"
#include "playhead/v1/event_tracking.pb.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "services/ingest/player_event_fields.h"

namespace playhead::ingest {

// All metrics of the service, registered at start; labels are closed sets. Safe from any thread.
class IngestMetrics {
 public:
  explicit IngestMetrics(prometheus::Registry& registry);

  // Events by how they ended. `count` may be 0.
  void CountAccepted(v1::Door door, int count);
  void CountUnavailable(v1::Door door, int count);
  void CountRejected(v1::Door door, v1::RejectionReason reason);
  void CountNotes(const FieldNotes& notes);

 private:
  struct DoorCounters {
    prometheus::Counter* accepted = nullptr;
    prometheus::Counter* unavailable = nullptr;
    std::array<prometheus::Counter*, v1::RejectionReason_ARRAYSIZE> rejected{};
  };
  using FieldCounters = absl::flat_hash_map<std::string_view, prometheus::Counter*>;

  DoorCounters& OfDoor(v1::Door door) { return doors_[door == v1::DOOR_BEACON ? 0 : 1]; }

  std::array<DoorCounters, 2> doors_;
  FieldCounters soft_;
  FieldCounters cut_;

 public:
  prometheus::Counter& beacons;          // GET and POST requests for beacons
  prometheus::Counter& preflights;       // OPTIONS requests
  prometheus::Counter& other_requests;   // everything that is neither
  prometheus::Counter& closed_timeouts;  // connections closed for being slow
  prometheus::Counter& refused_connections;
  prometheus::Gauge& connections;
  prometheus::Gauge& hold_bytes;           // events that the log has not acked
  prometheus::Counter& reconnects;         // streams to the log that ended
  prometheus::Counter& verified_sessions;  // events with a Kaltura session that names a user
  prometheus::Counter& unverified_sessions;
  prometheus::Histogram& append_seconds;  // from receipt to the log's ack
  prometheus::Counter& geo_loads;         // geo files read
  prometheus::Counter& geo_refusals;      // geo files found corrupt or gone
};

}  // namespace playhead::ingest
