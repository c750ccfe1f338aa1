#pragma once

#include <map>
#include <string>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace playhead::query {

// Every metric of the query service, registered once, at start. Safe to use from many threads.
struct QueryMetrics {
  explicit QueryMetrics(prometheus::Registry& registry);

  // Calls by rpc and gRPC code.
  prometheus::Family<prometheus::Counter>& calls;
  // From a report's request to its answer.
  prometheus::Histogram& report_seconds;
  prometheus::Counter& report_rows;
  // Answers without the tail, or a part of it.
  prometheus::Counter& tails_omitted;
  prometheus::Gauge& reports_running;
  prometheus::Counter& reports_refused;
};

}  // namespace playhead::query
