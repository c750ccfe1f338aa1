#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/postgres.h"
#include "common/serve.h"
#include "prometheus/registry.h"
#include "services/aggregator/aggregation_service.h"
#include "services/aggregator/aggregator_metrics.h"
#include "services/aggregator/known_partners.h"
#include "services/aggregator/log/segment_log.h"
#include "services/aggregator/log_metrics.h"
#include "services/aggregator/rollup_store.h"
#include "services/aggregator/store/fold_loop.h"
#include "services/aggregator/writer.h"
#include "services/aggregator/writer_threads.h"

namespace playhead::aggregator {

struct AggregatorOptions {
  std::string listen;  // host:port
  SegmentLogOptions log;
  int writer_count = 1;
  absl::Duration epoch_age = absl::Seconds(60);
  absl::Duration window = absl::Minutes(15);
  postgres::Options database;  // as playhead_writer
  FoldLoopOptions folds;
};

// The running service: the log with its door, the writers, folds and retention. Appends are taken
// as soon as Start returns; everything else waits for PostgreSQL by itself.
class Aggregator {
 public:
  // Errors are those of OpenSegmentLog and GrpcServer::Start. `registry` must outlive it.
  static absl::StatusOr<std::unique_ptr<Aggregator>> Start(const AggregatorOptions& options,
                                                           prometheus::Registry& registry,
                                                           const Clock& clock);
  ~Aggregator();

  // Takes no more appends, ends the folds, commits what is folded; all within 20 s.
  void Drain();

 private:
  Aggregator(const AggregatorOptions& options, prometheus::Registry& registry, const Clock& clock,
             std::unique_ptr<SegmentLog> log);
  void Watch();

  AggregatorMetrics metrics_;
  LogMetrics log_metrics_;
  const std::unique_ptr<SegmentLog> log_;
  const std::shared_ptr<postgres::Interrupt> interrupt_ = std::make_shared<postgres::Interrupt>();
  const postgres::Options database_;
  KnownPartnersCache partners_;
  std::vector<std::unique_ptr<RollupStore>> stores_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<std::unique_ptr<WriterThreads>> threads_;
  std::unique_ptr<FoldLoop> folds_;
  std::unique_ptr<AggregationService> service_;
  std::unique_ptr<GrpcServer> server_;
  absl::Notification stop_;
  std::thread watch_thread_;
};

}  // namespace playhead::aggregator
