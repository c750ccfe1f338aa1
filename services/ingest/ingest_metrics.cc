#include "services/ingest/ingest_metrics.h"

#include <string>

#include "services/ingest/rejection.h"

namespace playhead::ingest {
namespace {

prometheus::Counter& MakeCounter(prometheus::Registry& registry, const std::string& name,
                                 const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

absl::flat_hash_map<std::string_view, prometheus::Counter*> MakeFieldCounters(
    prometheus::Registry& registry, const std::string& name, const std::string& help) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  absl::flat_hash_map<std::string_view, prometheus::Counter*> counters;
  const auto add = [&](const auto& fields) {
    for (const auto& field : fields) {
      counters[field.name] = &family.Add({{"field", std::string(field.name)}});
    }
  };
  add(TextFields());
  add(DoubleFields());
  add(Int32Fields());
  add(Int64Fields());
  return counters;
}

prometheus::Histogram& MakeAppendHistogram(prometheus::Registry& registry) {
  return prometheus::BuildHistogram()
      .Name("playhead_ingest_append_seconds")
      .Help("Time from the receipt of events to the log's answer.")
      .Register(registry)
      .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
                                                       0.2, 0.5, 1, 2, 5, 10, 30});
}

}  // namespace

IngestMetrics::IngestMetrics(prometheus::Registry& registry)
    : soft_(MakeFieldCounters(registry, "playhead_ingest_soft_fields_total",
                              "Values treated as absent: no number, or out of range.")),
      cut_(MakeFieldCounters(registry, "playhead_ingest_cut_values_total",
                             "Values cut to the limit of their field.")),
      beacons(MakeCounter(registry, "playhead_ingest_beacons_total", "Beacons read.")),
      preflights(MakeCounter(registry, "playhead_ingest_preflights_total", "OPTIONS requests.")),
      other_requests(MakeCounter(registry, "playhead_ingest_other_requests_total",
                                 "HTTP requests that were neither beacons nor preflights.")),
      closed_timeouts(MakeCounter(registry, "playhead_ingest_slow_connections_total",
                                  "Connections closed in the middle of a slow request.")),
      refused_connections(MakeCounter(registry, "playhead_ingest_refused_connections_total",
                                      "Connections over the limit.")),
      connections(MakeGauge(registry, "playhead_ingest_connections", "Open HTTP connections.")),
      hold_bytes(
          MakeGauge(registry, "playhead_ingest_hold_bytes", "Events that wait for the log's ack.")),
      reconnects(MakeCounter(registry, "playhead_ingest_reconnects_total",
                             "Streams to the log that ended.")),
      verified_sessions(MakeCounter(registry, "playhead_ingest_verified_sessions_total",
                                    "Events whose Kaltura session names a verified user.")),
      unverified_sessions(MakeCounter(registry, "playhead_ingest_unverified_sessions_total",
                                      "Events whose Kaltura session does not verify, has expired "
                                      "or names nobody.")),
      append_seconds(MakeAppendHistogram(registry)),
      geo_loads(MakeCounter(registry, "playhead_ingest_geo_loads_total",
                            "Geo files read, at the start and when they were replaced.")),
      geo_refusals(
          MakeCounter(registry, "playhead_ingest_geo_refusals_total",
                      "Geo files found corrupt or gone; what was read before is still used.")) {
  auto& family = prometheus::BuildCounter()
                     .Name("playhead_ingest_events_total")
                     .Help("Events by door and by how they ended.")
                     .Register(registry);
  const char* const names[] = {"beacon", "grpc"};
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    const auto add = [&](std::string_view outcome) {
      return &family.Add({{"door", names[i]}, {"outcome", std::string(outcome)}});
    };
    doors_[i].accepted = add("accepted");
    doors_[i].unavailable = add("unavailable");
    for (int reason = 1; reason < v1::RejectionReason_ARRAYSIZE; ++reason) {
      doors_[i].rejected[static_cast<std::size_t>(reason)] =
          add(ReasonName(static_cast<v1::RejectionReason>(reason)));
    }
  }
}

void IngestMetrics::CountAccepted(v1::Door door, int count) {
  OfDoor(door).accepted->Increment(count);
}

void IngestMetrics::CountUnavailable(v1::Door door, int count) {
  OfDoor(door).unavailable->Increment(count);
}

void IngestMetrics::CountRejected(v1::Door door, v1::RejectionReason reason) {
  OfDoor(door).rejected[static_cast<std::size_t>(reason)]->Increment();
}

void IngestMetrics::CountNotes(const FieldNotes& notes) {
  for (const std::string_view field : notes.soft) soft_.at(field)->Increment();
  for (const std::string_view field : notes.cut) cut_.at(field)->Increment();
}

}  // namespace playhead::ingest
