#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/aggregator_channel.h"
#include "common/config.h"
#include "common/json_log.h"
#include "common/serve.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "services/ingest/aggregator_log.h"
#include "services/ingest/beacon_server.h"
#include "services/ingest/client_finder.h"
#include "services/ingest/event_tracking_service.h"
#include "services/ingest/geo.h"
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
ABSL_FLAG(std::string, user_agent_regexes, "/usr/share/uap-core/regexes.yaml",
          "regexes.yaml of uap-core, by which user agents are read; empty: they are not");
ABSL_FLAG(int, io_threads, 2, "threads of the HTTP door, 1 to 64");
ABSL_FLAG(int, max_connections, 12'000, "connections of the HTTP door, 1 to 1000000");
ABSL_FLAG(std::vector<std::string>, geo_city, {},
          "mmdb files of countries, regions and cities, separated by commas; none: not known");
ABSL_FLAG(std::vector<std::string>, geo_asn, {},
          "mmdb files of the owners of networks, separated by commas; none: not known");
ABSL_FLAG(std::string, trusted_proxies, "",
          "networks such as 10.0.0.0/8, separated by commas, whose X-Forwarded-For or Forwarded "
          "names the client of a beacon");
ABSL_FLAG(
    std::string, trusted_forwarders, "127.0.0.0/8,::1",
    "networks of gRPC callers, separated by commas, whose events name the client by client_ip");

namespace playhead::ingest {
namespace {

// At most 1 KiB each.
constexpr std::size_t kCachedUserAgents = 16'384;
constexpr absl::Duration kDrainLimit = absl::Seconds(25);

absl::Status CheckFlags() {
  const bool insecure = absl::GetFlag(FLAGS_insecure_listen);
  RETURN_IF_ERROR(CheckListen("beacon_listen", absl::GetFlag(FLAGS_beacon_listen), insecure));
  RETURN_IF_ERROR(CheckListen("listen", absl::GetFlag(FLAGS_listen), insecure));
  RETURN_IF_ERROR(CheckListen("metrics_listen", absl::GetFlag(FLAGS_metrics_listen), insecure));
  RETURN_IF_ERROR(CheckTarget("aggregator", absl::GetFlag(FLAGS_aggregator)));
  RETURN_IF_ERROR(CheckRange(FLAGS_max_event_age, absl::Minutes(1), absl::Hours(192)));
  RETURN_IF_ERROR(CheckRange(FLAGS_max_clock_ahead, absl::ZeroDuration(), absl::Minutes(30)));
  RETURN_IF_ERROR(CheckRange(FLAGS_hold_bytes, 1 << 20, std::uint64_t{4} << 30));
  RETURN_IF_ERROR(CheckRange(FLAGS_hold_time, absl::Milliseconds(100), absl::Minutes(5)));
  RETURN_IF_ERROR(CheckRange(FLAGS_io_threads, 1, 64));
  return CheckRange(FLAGS_max_connections, 1, 1'000'000);
}

// Null: user agents are not read.
std::unique_ptr<UserAgentCache> MakeUserAgentsOrExit() {
  const std::string path = absl::GetFlag(FLAGS_user_agent_regexes);
  if (path.empty()) return nullptr;
  const absl::StatusOr<std::string> yaml = ReadSmallFile(path);
  absl::StatusOr<std::unique_ptr<UserAgentParser>> parser =
      yaml.ok() ? UserAgentParser::Make(*yaml) : yaml.status();
  if (!parser.ok()) {
    CheckConfigOrExit(absl::InvalidArgumentError(
        absl::StrCat("--user_agent_regexes=", path, ": ", parser.status().message(),
                     "; give uap-core's regexes.yaml, or nothing")));
  }
  return std::make_unique<UserAgentCache>(
      [parser = *std::move(parser)](std::string_view text) { return parser->Parse(text); },
      kCachedUserAgents);
}

NetworkSet NetworksOrExit(std::string_view name, const std::string& value) {
  auto networks = NetworkSet::Parse(value);
  if (!networks.ok()) {
    CheckConfigOrExit(absl::InvalidArgumentError(
        absl::StrCat("--", ToAbsl(name), ": ", networks.status().message())));
  }
  return *std::move(networks);
}

std::unique_ptr<Geo> OpenGeoOrExit(IngestMetrics& metrics) {
  auto geo = Geo::Open(
      {.city_files = absl::GetFlag(FLAGS_geo_city), .asn_files = absl::GetFlag(FLAGS_geo_asn)},
      metrics);
  if (!geo.ok()) {
    CheckConfigOrExit(absl::InvalidArgumentError(
        absl::StrCat("--geo_city, --geo_asn: ", geo.status().message())));
  }
  return *std::move(geo);
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
  const std::unique_ptr<UserAgentCache> user_agents = MakeUserAgentsOrExit();
  const auto registry = std::make_shared<prometheus::Registry>();
  IngestMetrics metrics(*registry);
  const std::unique_ptr<Geo> geo = OpenGeoOrExit(metrics);
  const std::unique_ptr<PartnerSecretsFile> secrets = OpenPartnerSecretsOrExit();
  VerifiedUsers users([&secrets] { return secrets->Current(); },
                      {.accept_v1 = absl::GetFlag(FLAGS_ks_accept_v1)});
  AggregatorLogOptions log_options;
  log_options.writer.hold_bytes = absl::GetFlag(FLAGS_hold_bytes);
  log_options.writer.hold_time = absl::GetFlag(FLAGS_hold_time);
  log_options.writer.accept_unknown_partners = absl::GetFlag(FLAGS_accept_unknown_partners);
  std::unique_ptr<EventLog> log = MakeAggregatorLog(
      MakeAggregatorChannel(absl::GetFlag(FLAGS_aggregator)), log_options, metrics);
  Ingest ingest(
      *log, metrics,
      {.max_event_age = absl::GetFlag(FLAGS_max_event_age),
       .max_clock_ahead = absl::GetFlag(FLAGS_max_clock_ahead)},
      absl::Now,
      {.clients = ClientFinder({.trusted_proxies = NetworksOrExit(
                                    "trusted_proxies", absl::GetFlag(FLAGS_trusted_proxies)),
                                .trusted_forwarders = NetworksOrExit(
                                    "trusted_forwarders", absl::GetFlag(FLAGS_trusted_forwarders)),
                                .geo = geo.get()}),
       .user_agents = user_agents.get(),
       .users = secrets == nullptr ? nullptr : &users});
  EventTrackingService service(ingest);

  auto exposer = MetricsServer::Start(absl::GetFlag(FLAGS_metrics_listen), registry);
  if (!exposer.ok()) return FailStart(exposer.status());
  auto beacons = BeaconServer::Start({.listen = absl::GetFlag(FLAGS_beacon_listen),
                                      .io_threads = absl::GetFlag(FLAGS_io_threads),
                                      .max_connections = absl::GetFlag(FLAGS_max_connections),
                                      .timeouts = {}},
                                     ingest, metrics, absl::Now);
  if (!beacons.ok()) return FailStart(beacons.status());
  auto server = GrpcServer::Start({.listen = absl::GetFlag(FLAGS_listen),
                                   .service_names = {v1::EventTracking::service_full_name()},
                                   .reflection = absl::GetFlag(FLAGS_reflection)},
                                  {&service});
  if (!server.ok()) return FailStart(server.status());
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
  playhead::CheckConfigOrExit(playhead::ingest::CheckFlags());
  return playhead::ingest::Serve(shutdown);
}
