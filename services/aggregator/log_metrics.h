#pragma once

#include <map>
#include <string>

#include "prometheus/gauge.h"
#include "prometheus/registry.h"
#include "services/aggregator/log/segment_log.h"

namespace playhead::aggregator {

// The counters of the embedded log as metrics. `registry` must outlive it.
class LogMetrics {
 public:
  explicit LogMetrics(prometheus::Registry& registry);
  void Set(const SegmentLogCounters& counters, bool is_healthy);

 private:
  prometheus::Gauge& Add(const std::string& name, const std::string& help);

  prometheus::Registry& registry_;
  prometheus::Gauge& appended_batches_;
  prometheus::Gauge& appended_bytes_;
  prometheus::Gauge& groups_;
  prometheus::Gauge& sync_seconds_;
  prometheus::Gauge& torn_bytes_;
  prometheus::Gauge& gaps_;
  prometheus::Gauge& poisoned_segments_;
  prometheus::Gauge& segments_;
  prometheus::Gauge& oldest_append_seconds_;
  prometheus::Gauge& healthy_;
};

}  // namespace playhead::aggregator
