#include "services/ingest/ingest_flags.h"

#include <cstdint>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "common/config.h"
#include "common/status_macros.h"
#include "services/ingest/event_tracking_service.h"

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

}  // namespace

absl::StatusOr<IngestFlags> ReadIngestFlags() {
  RETURN_IF_ERROR(CheckFlags());
  return IngestFlags{
      .metrics_listen = absl::GetFlag(FLAGS_metrics_listen),
      .aggregator = absl::GetFlag(FLAGS_aggregator),
      .log = {.writer = {.hold_bytes = absl::GetFlag(FLAGS_hold_bytes),
                         .hold_time = absl::GetFlag(FLAGS_hold_time),
                         .accept_unknown_partners = absl::GetFlag(FLAGS_accept_unknown_partners)}},
      .limits = {.max_event_age = absl::GetFlag(FLAGS_max_event_age),
                 .max_clock_ahead = absl::GetFlag(FLAGS_max_clock_ahead)},
      .enrichment = {.user_agent_regexes = absl::GetFlag(FLAGS_user_agent_regexes),
                     .geo = {.city_files = absl::GetFlag(FLAGS_geo_city),
                             .asn_files = absl::GetFlag(FLAGS_geo_asn)},
                     .partner_secrets = absl::GetFlag(FLAGS_partner_secrets),
                     .ks_accept_v1 = absl::GetFlag(FLAGS_ks_accept_v1),
                     .trusted_proxies = absl::GetFlag(FLAGS_trusted_proxies),
                     .trusted_forwarders = absl::GetFlag(FLAGS_trusted_forwarders)},
      .beacons = {.listen = absl::GetFlag(FLAGS_beacon_listen),
                  .io_threads = absl::GetFlag(FLAGS_io_threads),
                  .max_connections = absl::GetFlag(FLAGS_max_connections),
                  .timeouts = {}},
      .grpc = {.listen = absl::GetFlag(FLAGS_listen),
               .service_names = {v1::EventTracking::service_full_name()},
               .reflection = absl::GetFlag(FLAGS_reflection)}};
}

}  // namespace playhead::ingest
