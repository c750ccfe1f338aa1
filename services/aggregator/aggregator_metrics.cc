#include "services/aggregator/aggregator_metrics.h"

#include <string>

namespace playhead::aggregator {
namespace {

prometheus::Family<prometheus::Counter>& Counters(prometheus::Registry& registry,
                                                  const std::string& name,
                                                  const std::string& help) {
  return prometheus::BuildCounter()
      .Name("playhead_aggregator_" + name)
      .Help(help)
      .Register(registry);
}

prometheus::Counter& Counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return Counters(registry, name, help).Add({});
}

prometheus::Family<prometheus::Gauge>& Gauges(prometheus::Registry& registry,
                                              const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name("playhead_aggregator_" + name).Help(help).Register(registry);
}

prometheus::Histogram& Seconds(prometheus::Registry& registry, const std::string& name,
                               const std::string& help) {
  return prometheus::BuildHistogram()
      .Name("playhead_aggregator_" + name)
      .Help(help)
      .Register(registry)
      .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10,
                                                       30});
}

}  // namespace

AggregatorMetrics::AggregatorMetrics(prometheus::Registry& registry)
    : events_folded(Counter(registry, "events_folded_total", "Events that count.")),
      events_duplicate(Counter(registry, "events_duplicate_total", "Copies that were dropped.")),
      batches_resent(
          Counter(registry, "batches_resent_total", "Batches that had been read before.")),
      batches_rejected(Counter(registry, "batches_rejected_total",
                               "Records that are no valid batch or that the store refuses.")),
      offsets_damaged(
          Counter(registry, "offsets_damaged_total", "Offsets of the log that are lost.")),
      epochs(Counters(registry, "epochs_total", "Tries to commit an epoch, by outcome.")),
      epochs_committed(epochs.Add({{"outcome", "committed"}})),
      epochs_lost(epochs.Add({{"outcome", "lost"}})),
      epochs_retried(epochs.Add({{"outcome", "retried"}})),
      epochs_refused(epochs.Add({{"outcome", "refused"}})),
      fold_seconds(Seconds(registry, "fold_seconds", "Time to fold what one read returned.")),
      commit_seconds(Seconds(registry, "commit_seconds", "Time of one try to commit.")),
      tail_reads_by_code(Counters(registry, "tail_reads_total", "Reads of the tail, by code.")),
      lag_records(Gauges(registry, "lag_records",
                         "Batches in the log that are not committed, by partition.")),
      memory_bytes(Gauges(registry, "memory_bytes", "Epochs and windows, estimated.")),
      appends(Counter(registry, "appends_total", "Requests that were made durable.")),
      appends_failed(Counter(registry, "appends_failed_total", "Requests that were refused.")) {}

}  // namespace playhead::aggregator
