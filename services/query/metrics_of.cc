#include "services/query/metrics_of.h"

#include <algorithm>
#include <cmath>

namespace playhead::query {

using catalog::Measure;
using catalog::MetricKind;

MetricInputs InputsOf(const std::vector<const catalog::Metric*>& metrics) {
  MetricInputs inputs;
  for (const catalog::Metric* metric : metrics) {
    switch (metric->kind) {
      case MetricKind::kMeasure:
      case MetricKind::kViewers:
        inputs.measures.insert(metric->numerator);
        break;
      case MetricKind::kEventType:
        inputs.events = true;
        break;
      case MetricKind::kEvents:
        inputs.events = true;
        for (const catalog::MeasureInfo& info : catalog::Measures()) {
          if (info.event_type != 0) inputs.measures.insert(info.id);
        }
        break;
      case MetricKind::kRatio:
        inputs.measures.insert({metric->numerator, metric->denominator});
        break;
      case MetricKind::kQuartiles:
        inputs.measures.insert({Measure::kPlayThrough25, Measure::kPlayThrough50,
                                Measure::kPlayThrough75, Measure::kPlayThrough100,
                                Measure::kPlays});
        break;
      case MetricKind::kSketch:
        inputs.sketches.insert(metric->sketch);
        break;
      case MetricKind::kPeak:
        break;
    }
  }
  return inputs;
}

bool CountsEvents(const catalog::Metric& metric) {
  if (metric.kind == MetricKind::kViewers || metric.kind == MetricKind::kPeak) return false;
  const MetricInputs inputs = InputsOf({&metric});
  return inputs.sketches.empty() &&
         std::all_of(inputs.measures.begin(), inputs.measures.end(),
                     [](Measure measure) { return catalog::Info(measure).event_type != 0; });
}

bool IsOfAudiences(const catalog::Metric& metric) {
  switch (metric.kind) {
    case MetricKind::kViewers:
    case MetricKind::kPeak:
      return true;
    case MetricKind::kMeasure:
      return metric.numerator == Measure::kViews && metric.scale == 1;
    default:
      return false;
  }
}

bool Has(const catalog::Rollup& rollup, const catalog::Metric& metric) {
  return metric.kind != MetricKind::kSketch ||
         metric.sketch != catalog::Sketch::kUniqueKnownUsers || rollup.has_known_users;
}

bool IsAdditive(const catalog::Metric& metric) {
  return metric.kind == MetricKind::kMeasure || metric.kind == MetricKind::kEventType ||
         metric.kind == MetricKind::kEvents;
}

bool IsRatio(const catalog::Metric& metric) {
  return metric.kind == MetricKind::kRatio || metric.kind == MetricKind::kQuartiles;
}

bool IsWhole(const catalog::Metric& metric) {
  return metric.kind == MetricKind::kSketch || metric.kind == MetricKind::kPeak ||
         (IsAdditive(metric) && metric.scale == 1);
}

double SketchErrorBound() { return 3 * 1.04 / std::sqrt(std::pow(2, catalog::kHllLog2m)); }

}  // namespace playhead::query
