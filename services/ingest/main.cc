#include <cstdint>
#include <iostream>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/aggregator_channel.h"
#include "common/config.h"
#include "common/json_log.h"
#include "common/serve.h"
#include "common/strings.h"
#include "services/ingest/aggregator_log.h"
#include "services/ingest/beacon_server.h"
#include "services/ingest/event_tracking_service.h"
#include "services/ingest/ingest.h"
#include "services/ingest/partner_secrets.h"
#include "services/ingest/verified_users.h"

ABSL_FLAG(std::string, beacon_listen, "127.0.0.1:7070", "host:port for HTTP beacons");
ABSL_FLAG(std::string, listen, "127.0.0.1:7071", "host:port for gRPC");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:7075", "host:port for GET /metrics");
ABSL_FLAG(std::string, aggregator, "127.0.0.1:7072",
          "host:port of the aggregator, which keeps the log");
ABSL_FLAG(bool, accept_unknown_partners, false, "accept events of partners that nobody has set up");
ABSL_FLAG(bool, reflection, true, "serve gRPC reflection");
ABSL_FLAG(bool, insecure_listen, false,
          "allow addresses other than loopback, without TLS and keys");
ABSL_FLAG(std::string, partner_secrets, "",
          "file with lines of `partner secret`, by which Kaltura sessions are verified");
ABSL_FLAG(bool, ks_accept_v1, false, "verify Kaltura sessions of version 1, too");
ABSL_FLAG(absl::Duration, max_event_age, absl::Hours(168),
          "events older than this are refused, 1m to 192h");
ABSL_FLAG(absl::Duration, max_clock_ahead, absl::Minutes(5),
          "events further ahead are refused, 0 to 30m");
ABSL_FLAG(std::uint64_t, hold_bytes, std::uint64_t{64} << 20,
          "bytes of events that may wait for the log, 1 MiB to 4 GiB");
ABSL_FLAG(absl::Duration, hold_time, absl::Seconds(30),
          "how long events may wait for the log, 100ms to 5m");
ABSL_FLAG(int, io_threads, 2, "threads of the HTTP door, 1 to 64");
ABSL_FLAG(int, max_connections, 12'000, "connections of the HTTP door, 1 to 1000000");

namespace playhead::ingest {
namespace {

constexpr absl::Duration kDrainLimit = absl::Seconds(25);

template <typename T>
void CheckRange(std::string_view name, const T& value, const T& least, const T& greatest) {
  if (value >= least && value <= greatest) return;
  const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(ToAbsl(name));
  CheckConfigOrExit(absl::InvalidArgumentError(absl::StrCat(
      "--", ToAbsl(name), "=", flag->CurrentValue(), ": out of range (", flag->Help(), ")")));
}

void CheckFlags() {
  const bool insecure = absl::GetFlag(FLAGS_insecure_listen);
  CheckConfigOrExit(CheckListen("beacon_listen", absl::GetFlag(FLAGS_beacon_listen), insecure));
  CheckConfigOrExit(CheckListen("listen", absl::GetFlag(FLAGS_listen), insecure));
  CheckConfigOrExit(CheckListen("metrics_listen", absl::GetFlag(FLAGS_metrics_listen), insecure));
  CheckConfigOrExit(CheckTarget("aggregator", absl::GetFlag(FLAGS_aggregator)));
  CheckRange("max_event_age", absl::GetFlag(FLAGS_max_event_age), absl::Minutes(1),
             absl::Hours(192));
  CheckRange("max_clock_ahead", absl::GetFlag(FLAGS_max_clock_ahead), absl::ZeroDuration(),
             absl::Minutes(30));
  CheckRange<std::uint64_t>("hold_bytes", absl::GetFlag(FLAGS_hold_bytes), 1 << 20,
                            std::uint64_t{4} << 30);
  CheckRange("hold_time", absl::GetFlag(FLAGS_hold_time), absl::Milliseconds(100),
             absl::Minutes(5));
  CheckRange("io_threads", absl::GetFlag(FLAGS_io_threads), 1, 64);
  CheckRange("max_connections", absl::GetFlag(FLAGS_max_connections), 1, 1'000'000);
}

int Fail(const absl::Status& status) {
  std::cerr << status.message() << std::endl;
  return 1;
}

// Null: no file is set. A bad one stops the start.
std::unique_ptr<PartnerSecretsFile> OpenPartnerSecretsOrExit() {
  const std::string path = absl::GetFlag(FLAGS_partner_secrets);
  if (path.empty()) return nullptr;
  auto secrets = PartnerSecretsFile::Open(path, absl::Now);
  if (!secrets.ok()) {
    CheckConfigOrExit(absl::InvalidArgumentError(
        absl::StrCat("--partner_secrets: ", secrets.status().message())));
  }
  return *std::move(secrets);
}

int Serve(const ShutdownSignal& shutdown) {
  const auto registry = std::make_shared<prometheus::Registry>();
  IngestMetrics metrics(*registry);
  const std::unique_ptr<PartnerSecretsFile> secrets = OpenPartnerSecretsOrExit();
  VerifiedUsers users([&secrets] { return secrets->Current(); },
                      {.accept_v1 = absl::GetFlag(FLAGS_ks_accept_v1)});
  AggregatorLogOptions log_options;
  log_options.writer.hold_bytes = absl::GetFlag(FLAGS_hold_bytes);
  log_options.writer.hold_time = absl::GetFlag(FLAGS_hold_time);
  log_options.writer.accept_unknown_partners = absl::GetFlag(FLAGS_accept_unknown_partners);
  std::unique_ptr<EventLog> log = MakeAggregatorLog(
      MakeAggregatorChannel(absl::GetFlag(FLAGS_aggregator)), log_options, metrics);
  Ingest ingest(*log, metrics,
                {.max_event_age = absl::GetFlag(FLAGS_max_event_age),
                 .max_clock_ahead = absl::GetFlag(FLAGS_max_clock_ahead)},
                absl::Now, secrets == nullptr ? nullptr : &users);
  EventTrackingService service(ingest);

  auto exposer = MetricsServer::Start(absl::GetFlag(FLAGS_metrics_listen), registry);
  if (!exposer.ok()) return Fail(exposer.status());
  auto beacons = BeaconServer::Start({.listen = absl::GetFlag(FLAGS_beacon_listen),
                                      .io_threads = absl::GetFlag(FLAGS_io_threads),
                                      .max_connections = absl::GetFlag(FLAGS_max_connections),
                                      .timeouts = {}},
                                     ingest, metrics, absl::Now);
  if (!beacons.ok()) return Fail(beacons.status());
  auto server = GrpcServer::Start({.listen = absl::GetFlag(FLAGS_listen),
                                   .service_names = {v1::EventTracking::service_full_name()},
                                   .reflection = absl::GetFlag(FLAGS_reflection)},
                                  {&service});
  if (!server.ok()) return Fail(server.status());
  Log(Severity::kInfo, "serving",
      {{"beacons", absl::GetFlag(FLAGS_beacon_listen)}, {"grpc", absl::GetFlag(FLAGS_listen)}});

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
  playhead::ingest::CheckFlags();
  return playhead::ingest::Serve(shutdown);
}
