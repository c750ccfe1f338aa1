#include "services/query/query_metrics.h"

namespace playhead::query {
namespace {

prometheus::Counter& Counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

QueryMetrics::QueryMetrics(prometheus::Registry& registry)
    : calls(prometheus::BuildCounter()
                .Name("playhead_query_calls_total")
                .Help("Calls, by rpc and gRPC code.")
                .Register(registry)),
      report_seconds(prometheus::BuildHistogram()
                         .Name("playhead_query_report_duration_seconds")
                         .Help("Time from a report's request to its answer.")
                         .Register(registry)
                         .Add({}, prometheus::Histogram::BucketBoundaries{0.01, 0.03, 0.1, 0.3, 1,
                                                                          3, 10, 30})),
      report_rows(Counter(registry, "playhead_query_report_rows_total", "Rows in answers.")),
      tails_omitted(Counter(registry, "playhead_query_tails_omitted_total",
                            "Answers without events that are not stored yet.")),
      reports_running(prometheus::BuildGauge()
                          .Name("playhead_query_running_reports")
                          .Help("Reports being computed.")
                          .Register(registry)
                          .Add({})),
      reports_refused(Counter(registry, "playhead_query_refused_reports_total",
                              "Reports refused because too many were being computed.")) {}

}  // namespace playhead::query
