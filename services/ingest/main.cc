// Ingest: flags, wiring, serve.
#include <memory>

#include "absl/time/clock.h"
#include "common/aggregator_channel.h"
#include "common/config.h"
#include "common/json_log.h"
#include "common/serve.h"
#include "services/ingest/aggregator_log.h"
#include "services/ingest/beacon_server.h"
#include "services/ingest/enrichment_sources.h"
#include "services/ingest/event_tracking_service.h"
#include "services/ingest/ingest.h"
#include "services/ingest/ingest_flags.h"

namespace playhead::ingest {
namespace {

constexpr absl::Duration kDrainLimit = absl::Seconds(25);

int Serve(const IngestFlags& flags, const ShutdownSignal& shutdown) {
  const auto registry = std::make_shared<prometheus::Registry>();
  IngestMetrics metrics(*registry);
  const auto sources = EnrichmentSources::Open(flags.enrichment, metrics, absl::Now);
  CheckConfigOrExit(sources.status());
  std::unique_ptr<EventLog> log =
      MakeAggregatorLog(MakeAggregatorChannel(flags.aggregator), flags.log, metrics);
  Ingest ingest(*log, metrics, flags.limits, absl::Now, (*sources)->enrichment());
  EventTrackingService service(ingest);

  auto exposer = MetricsServer::Start(flags.metrics_listen, registry);
  if (!exposer.ok()) return FailStart(exposer.status());
  auto beacons = BeaconServer::Start(flags.beacons, ingest, metrics, absl::Now);
  if (!beacons.ok()) return FailStart(beacons.status());
  auto server = GrpcServer::Start(flags.grpc, {&service});
  if (!server.ok()) return FailStart(server.status());
  Log(Severity::kInfo, "serving", {{"beacons", flags.beacons.listen}, {"grpc", flags.grpc.listen}});

  shutdown.Wait();
  Log(Severity::kInfo, "draining");
  (*server)->SetServing(false);
  const absl::Time deadline = absl::Now() + kDrainLimit;
  (*beacons)->Drain(deadline - absl::Now());
  (*server)->Drain(deadline - absl::Now());
  const absl::Status drained = log->Drain(deadline - absl::Now());
  if (!drained.ok()) Log(Severity::kWarning, "drain", {{"status", drained.ToString()}});
  // Its last answers go to connections, which the beacon server owns.
  log.reset();
  return 0;
}

}  // namespace
}  // namespace playhead::ingest

int main(int argc, char** argv) {
  const playhead::ShutdownSignal shutdown;
  playhead::SetLogService("ingest");
  playhead::ParseFlagsOrExit(argc, argv, "playhead-ingest: takes events from players and servers.");
  const auto flags = playhead::ingest::ReadIngestFlags();
  playhead::CheckConfigOrExit(flags.status());
  return playhead::ingest::Serve(*flags, shutdown);
}
