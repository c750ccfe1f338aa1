// The query service: reads flags, builds the object graph, serves reports until it is told to stop.
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/aggregator_channel.h"
#include "common/config.h"
#include "common/json_log.h"
#include "common/retention.h"
#include "common/serve.h"
#include "common/status_macros.h"
#include "prometheus/registry.h"
#include "services/query/admission.h"
#include "services/query/grpc_tail_reader.h"
#include "services/query/metadata_service.h"
#include "services/query/page_token.h"
#include "services/query/pg_rollup_reader.h"
#include "services/query/report_runner.h"
#include "services/query/reporting_service.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7073", "host:port of the gRPC server");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:7077", "host:port of GET /metrics");
ABSL_FLAG(std::string, database, "",
          "libpq connection string of the role playhead_reader; PG* variables fill the gaps");
ABSL_FLAG(std::string, database_all, "",
          "libpq connection string of the role playhead_reader_all, for reports over all partners; "
          "empty: as --database");
ABSL_FLAG(std::string, aggregator, "127.0.0.1:7072", "host:port of the aggregator");
ABSL_FLAG(bool, allow_all_partners, false, "serve reports over all partners");
ABSL_FLAG(bool, reflection, true, "serve gRPC reflection");
ABSL_FLAG(bool, insecure_listen, false, "listen on addresses that are not loopback, without TLS");
ABSL_FLAG(int, pool, 8, "connections to the database, 1 to 100; four times as many reports run");
ABSL_FLAG(
    std::string, page_token_key, "",
    "seals page tokens, 16 bytes or more, equal on all replicas; empty: random at each start");

namespace playhead::query {
namespace {

constexpr absl::Duration kDrainLimit = absl::Seconds(10);

absl::Status CheckFlags() {
  const bool insecure = absl::GetFlag(FLAGS_insecure_listen);
  RETURN_IF_ERROR(CheckListen("listen", absl::GetFlag(FLAGS_listen), insecure));
  RETURN_IF_ERROR(CheckListen("metrics_listen", absl::GetFlag(FLAGS_metrics_listen), insecure));
  if (absl::GetFlag(FLAGS_aggregator).find(':') == std::string::npos) {
    return absl::InvalidArgumentError("--aggregator: not host:port, such as 127.0.0.1:7072");
  }
  const std::string key = absl::GetFlag(FLAGS_page_token_key);
  if (!key.empty() && key.size() < 16) {
    return absl::InvalidArgumentError("--page_token_key: 16 bytes or more");
  }
  RETURN_IF_ERROR(CheckRange(FLAGS_pool, 1, 100));
  return CheckRetentionFlags();
}

absl::StatusOr<std::string> TokenKey() {
  const std::string key = absl::GetFlag(FLAGS_page_token_key);
  return key.empty() ? RandomTokenKey() : key;
}

int Serve(const ShutdownSignal& shutdown) {
  const auto registry = std::make_shared<prometheus::Registry>();
  QueryMetrics metrics(*registry);
  const int pool = absl::GetFlag(FLAGS_pool);
  const bool allow_all = absl::GetFlag(FLAGS_allow_all_partners);
  const auto token_key = TokenKey();
  if (!token_key.ok()) return FailStart(token_key.status());
  const auto reader = MakePgRollupReader({.dsn = absl::GetFlag(FLAGS_database),
                                          .dsn_all = absl::GetFlag(FLAGS_database_all),
                                          .pool_size = pool});
  const auto tail = MakeGrpcTailReader(MakeAggregatorChannel(absl::GetFlag(FLAGS_aggregator)));
  ReportRunner runner(
      *reader, *tail,
      {.allow_all_partners = allow_all, .retention = RetentionFromFlags(), .token_key = *token_key},
      absl::Now);
  Admission admission(4 * pool, metrics);
  ReportingServiceImpl reporting(runner, admission, metrics);
  MetadataServiceImpl metadata(*reader, *tail, metrics,
                               {.allow_all_partners = allow_all, .retention = RetentionFromFlags()},
                               absl::Now);

  const auto metrics_server = MetricsServer::Start(absl::GetFlag(FLAGS_metrics_listen), registry);
  if (!metrics_server.ok()) return FailStart(metrics_server.status());
  const auto server = GrpcServer::Start(
      {.listen = absl::GetFlag(FLAGS_listen),
       .service_names = {v1::Reporting::service_full_name(), v1::Metadata::service_full_name()},
       .reflection = absl::GetFlag(FLAGS_reflection),
       .max_send_bytes = 64 << 20},
      {&reporting, &metadata});
  if (!server.ok()) return FailStart(server.status());
  Log(Severity::kInfo, "serving", {{"listen", absl::GetFlag(FLAGS_listen)}});

  shutdown.Wait();
  Log(Severity::kInfo, "draining");
  (*server)->Drain(kDrainLimit);
  return 0;
}

}  // namespace
}  // namespace playhead::query

int main(int argc, char** argv) {
  const playhead::ShutdownSignal shutdown;
  playhead::SetLogService("query");
  playhead::ParseFlagsOrExit(argc, argv, "playhead-query: answers reports.");
  playhead::CheckConfigOrExit(playhead::query::CheckFlags());
  return playhead::query::Serve(shutdown);
}
