#include "services/aggregator/aggregator.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"
#include "common/json_log.h"
#include "common/status_macros.h"
#include "services/aggregator/store/pg_rollup_store.h"

namespace playhead::aggregator {
namespace {

constexpr absl::Duration kDrainLimit = absl::Seconds(20);
constexpr absl::Duration kPartnersInterval = absl::Seconds(10);
constexpr absl::Duration kWatchInterval = absl::Seconds(1);
// A stream of appends carries batches of up to 2 MiB each.
constexpr int kMaxReceiveBytes = 8 << 20;
// EX_IOERR: the device failed; whoever starts the process decides where to go on.
constexpr int kExitLogFailed = 74;

postgres::Options With(std::shared_ptr<const postgres::Interrupt> interrupt,
                       postgres::Options options) {
  options.interrupt = std::move(interrupt);
  return options;
}

// Shares the partitions out: writer w owns those that are w modulo the number of writers.
std::vector<int> PartitionsOf(int writer, int writer_count, int partition_count) {
  std::vector<int> partitions;
  for (int p = writer; p < partition_count; p += writer_count) partitions.push_back(p);
  return partitions;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Aggregator>> Aggregator::Start(const AggregatorOptions& options,
                                                              prometheus::Registry& registry,
                                                              const Clock& clock) {
  ASSIGN_OR_RETURN(auto log, OpenSegmentLog(options.log, PosixFiles(), clock));
  std::unique_ptr<Aggregator> aggregator(new Aggregator(options, registry, clock, std::move(log)));
  ASSIGN_OR_RETURN(aggregator->server_,
                   GrpcServer::Start({.listen = options.listen,
                                      .service_names = {v1::Aggregation::service_full_name()},
                                      .reflection = false,
                                      .max_receive_bytes = kMaxReceiveBytes},
                                     {aggregator->service_.get()}));
  return aggregator;
}

Aggregator::Aggregator(const AggregatorOptions& options, prometheus::Registry& registry,
                       const Clock& clock, std::unique_ptr<SegmentLog> log)
    : metrics_(registry),
      log_metrics_(registry),
      log_(std::move(log)),
      database_(With(interrupt_, options.database)),
      partners_(database_, kPartnersInterval) {
  const int writer_count = std::min(options.writer_count, log_->PartitionCount());
  std::vector<const Writer*> writers;
  for (int w = 0; w < writer_count; ++w) {
    WriterOptions writer_options;
    writer_options.index = w;
    writer_options.partitions = PartitionsOf(w, writer_count, log_->PartitionCount());
    writer_options.windows.window_ms = absl::ToInt64Milliseconds(options.window);
    writer_options.epoch_age = options.epoch_age;
    stores_.push_back(MakePgRollupStore({.connection = database_}));
    writers_.push_back(
        std::make_unique<Writer>(writer_options, *log_, *stores_.back(), clock, metrics_));
    writers.push_back(writers_.back().get());
    threads_.push_back(std::make_unique<WriterThreads>(*writers_.back()));
  }
  folds_ = std::make_unique<FoldLoop>(options.folds, clock);
  service_ = std::make_unique<AggregationService>(
      *log_, *log_, writers, [this] { return partners_.Get(); }, metrics_);
  watch_thread_ = std::thread([this] { Watch(); });
}

Aggregator::~Aggregator() {
  // What has not ended by now is done again from the log.
  interrupt_->Set();
  stop_.Notify();
  watch_thread_.join();
}

void Aggregator::Watch() {
  while (!stop_.WaitForNotificationWithTimeout(kWatchInterval)) {
    const absl::Status health = log_->Health();
    log_metrics_.Set(log_->Counters(), health.ok());
    for (const auto& writer : writers_) writer->ExportMetrics();
    if (absl::IsDataLoss(health)) {
      Log(Severity::kError, "the log failed; nothing that is acked is lost",
          {{"status", health.ToString()}});
      std::_Exit(kExitLogFailed);
    }
  }
}

void Aggregator::Drain() {
  const absl::Time deadline = absl::Now() + kDrainLimit;
  // Else ingest's streams, which never end by themselves, would take all of the limit.
  service_->StopAppends();
  folds_.reset();
  server_->Drain(deadline - absl::Now());
  for (const auto& threads : threads_) {
    if (!threads->Drain(deadline - absl::Now())) {
      Log(Severity::kWarning, "drained without the last commit; the log has it");
    }
  }
}

}  // namespace playhead::aggregator
