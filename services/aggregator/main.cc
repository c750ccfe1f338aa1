// The aggregator: flags, wiring, serve.
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/time/clock.h"
#include "common/config.h"
#include "common/json_log.h"
#include "common/retention.h"
#include "common/serve.h"
#include "common/status_macros.h"
#include "services/aggregator/aggregator.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7072", "host:port for ingest and query (gRPC)");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:7076", "host:port for GET /metrics");
ABSL_FLAG(bool, insecure_listen, false,
          "allow addresses other than loopback, without TLS and keys");
ABSL_FLAG(std::string, log_dir, "", "directory of the embedded log; created when it is missing");
ABSL_FLAG(int, partitions, 16, "partitions of a new log, 1 to 256; fixed at its creation");
ABSL_FLAG(int, log_retention_hours, 72,
          "how long the log keeps what is committed, 1 to 8760; at least three windows");
ABSL_FLAG(int, writers, 1, "threads that fold; each owns a share of the partitions, 1 to 64");
ABSL_FLAG(int, epoch_seconds, 60, "how long an epoch is folded before it is committed, 1 to 3600");
ABSL_FLAG(int, window_minutes, 15, "how long duplicates are recognised, 1 to 60");
ABSL_FLAG(int, fold_interval_seconds, 60, "pause between folds of tiers, 1 to 3600");
ABSL_FLAG(int, fold_grace_seconds, 120,
          "how long after its quarter hour or day an epoch is folded, 0 to 3600");
ABSL_FLAG(int, max_unfolded_epochs, 180,
          "epochs of a tier beyond this are folded before their time, 1 to 10000");
ABSL_FLAG(std::string, database, "",
          "libpq connection string as playhead_writer; PG* variables fill the gaps");

namespace playhead::aggregator {
namespace {

absl::Status CheckFlags() {
  const bool insecure = absl::GetFlag(FLAGS_insecure_listen);
  RETURN_IF_ERROR(CheckListen("listen", absl::GetFlag(FLAGS_listen), insecure));
  RETURN_IF_ERROR(CheckListen("metrics_listen", absl::GetFlag(FLAGS_metrics_listen), insecure));
  if (absl::GetFlag(FLAGS_log_dir).empty()) {
    return absl::InvalidArgumentError("--log_dir: not set; name a directory");
  }
  RETURN_IF_ERROR(CheckRange(FLAGS_partitions, 1, 256));
  RETURN_IF_ERROR(CheckRange(FLAGS_log_retention_hours, 1, 8760));
  RETURN_IF_ERROR(CheckRange(FLAGS_writers, 1, 64));
  RETURN_IF_ERROR(CheckRange(FLAGS_epoch_seconds, 1, 3600));
  RETURN_IF_ERROR(CheckRange(FLAGS_window_minutes, 1, 60));
  if (absl::GetFlag(FLAGS_log_retention_hours) * 60 < 3 * absl::GetFlag(FLAGS_window_minutes)) {
    return OutOfRange(absl::GetFlagReflectionHandle(FLAGS_log_retention_hours));
  }
  RETURN_IF_ERROR(CheckRange(FLAGS_fold_interval_seconds, 1, 3600));
  RETURN_IF_ERROR(CheckRange(FLAGS_fold_grace_seconds, 0, 3600));
  RETURN_IF_ERROR(CheckRange(FLAGS_max_unfolded_epochs, 1, 10'000));
  return CheckRetentionFlags();
}

AggregatorOptions OptionsFromFlags() {
  AggregatorOptions options;
  options.listen = absl::GetFlag(FLAGS_listen);
  options.log.directory = absl::GetFlag(FLAGS_log_dir);
  options.log.partition_count = absl::GetFlag(FLAGS_partitions);
  options.log.retention = absl::Hours(absl::GetFlag(FLAGS_log_retention_hours));
  options.writer_count = absl::GetFlag(FLAGS_writers);
  options.epoch_age = absl::Seconds(absl::GetFlag(FLAGS_epoch_seconds));
  options.window = absl::Minutes(absl::GetFlag(FLAGS_window_minutes));
  options.database.dsn = absl::GetFlag(FLAGS_database);
  options.database.application_name = "playhead-aggregator";
  options.folds.interval = absl::Seconds(absl::GetFlag(FLAGS_fold_interval_seconds));
  options.folds.fold.grace = absl::Seconds(absl::GetFlag(FLAGS_fold_grace_seconds));
  options.folds.fold.max_unfolded_epochs = absl::GetFlag(FLAGS_max_unfolded_epochs);
  options.folds.fold.connection = options.database;
  options.folds.retention = RetentionFromFlags();
  return options;
}

int Serve(const ShutdownSignal& shutdown) {
  const auto registry = std::make_shared<prometheus::Registry>();
  auto exposer = MetricsServer::Start(absl::GetFlag(FLAGS_metrics_listen), registry);
  if (!exposer.ok()) return FailStart(exposer.status());
  auto aggregator = Aggregator::Start(OptionsFromFlags(), *registry, absl::Now);
  if (!aggregator.ok()) return FailStart(aggregator.status());
  Log(Severity::kInfo, "serving", {{"grpc", absl::GetFlag(FLAGS_listen)}});

  shutdown.Wait();
  Log(Severity::kInfo, "draining");
  (*aggregator)->Drain();
  return 0;
}

}  // namespace
}  // namespace playhead::aggregator

int main(int argc, char** argv) {
  const playhead::ShutdownSignal shutdown;
  playhead::SetLogService("aggregator");
  playhead::ParseFlagsOrExit(argc, argv,
                             "playhead-aggregator: keeps the log, folds it into rollups.");
  playhead::CheckConfigOrExit(playhead::aggregator::CheckFlags());
  return playhead::aggregator::Serve(shutdown);
}
