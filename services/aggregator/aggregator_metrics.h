#pragma once

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace playhead::aggregator {

// All metrics of the service. `registry` must outlive it. Thread-safe.
struct AggregatorMetrics {
  explicit AggregatorMetrics(prometheus::Registry& registry);

  prometheus::Counter& events_folded;  // accepted
  prometheus::Counter& events_duplicate;
  prometheus::Counter& batches_resent;
  prometheus::Counter& batches_rejected;
  prometheus::Counter& offsets_damaged;
  prometheus::Family<prometheus::Counter>& epochs;
  prometheus::Counter& epochs_committed;
  prometheus::Counter& epochs_lost;
  prometheus::Counter& epochs_retried;
  prometheus::Counter& epochs_refused;
  prometheus::Histogram& fold_seconds;  // of one read
  prometheus::Histogram& commit_seconds;
  prometheus::Family<prometheus::Counter>& tail_reads_by_code;
  prometheus::Family<prometheus::Gauge>& lag_records;   // by partition: in the log, not committed
  prometheus::Family<prometheus::Gauge>& memory_bytes;  // by writer
  prometheus::Counter& appends;
  prometheus::Counter& appends_failed;
};

}  // namespace playhead::aggregator
