#include "services/aggregator/log_metrics.h"

namespace playhead::aggregator {

prometheus::Gauge& LogMetrics::Add(const std::string& name, const std::string& help) {
  return prometheus::BuildGauge()
      .Name("playhead_aggregator_log_" + name)
      .Help(help)
      .Register(registry_)
      .Add({});
}

LogMetrics::LogMetrics(prometheus::Registry& registry)
    : registry_(registry),
      appended_batches_(Add("appended_batches", "Batches since the start.")),
      appended_bytes_(Add("appended_bytes", "Bytes of segment files since the start.")),
      groups_(Add("groups", "Groups since the start: one write and one fdatasync each.")),
      sync_seconds_(Add("sync_seconds", "Time spent in fdatasync since the start.")),
      torn_bytes_(Add("torn_bytes", "Bytes cut off behind the last whole frame at the start.")),
      gaps_(Add("gaps", "Damaged ranges that readers met since the start.")),
      poisoned_segments_(
          Add("poisoned_segments", "Segments given up after a failed write since the start.")),
      segments_(Add("segments", "Segment files.")),
      oldest_append_seconds_(
          Add("oldest_append_seconds", "Unix time of the end of the oldest segment; 0: empty.")),
      healthy_(Add("healthy", "1 while the log takes appends.")) {}

void LogMetrics::Set(const SegmentLogCounters& counters, bool is_healthy) {
  appended_batches_.Set(static_cast<double>(counters.appended_batches));
  appended_bytes_.Set(static_cast<double>(counters.appended_bytes));
  groups_.Set(static_cast<double>(counters.groups));
  sync_seconds_.Set(counters.sync_seconds);
  torn_bytes_.Set(static_cast<double>(counters.torn_bytes));
  gaps_.Set(static_cast<double>(counters.gaps));
  poisoned_segments_.Set(static_cast<double>(counters.poisoned_segments));
  segments_.Set(static_cast<double>(counters.segments));
  oldest_append_seconds_.Set(static_cast<double>(counters.oldest_append_ms) / 1000);
  healthy_.Set(is_healthy ? 1 : 0);
}

}  // namespace playhead::aggregator
