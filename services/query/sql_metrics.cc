#include "services/query/sql_metrics.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/strings.h"
#include "services/query/metrics_of.h"

namespace playhead::query {
namespace {

using catalog::Measure;
using catalog::Metric;
using catalog::MetricKind;

std::string Whole(const std::string& sum) { return absl::StrCat(sum, "::bigint"); }

std::string Scaled(const std::string& sum, double scale) {
  return absl::StrFormat("%s::double precision / %g", sum, scale);
}

std::string Ratio(const std::string& sum, const std::string& of, double scale) {
  return absl::StrFormat("%s::double precision / NULLIF(%s, 0)::double precision / %g", sum, of,
                         scale);
}

std::string CountOf(int event_type) {
  return absl::StrCat("COALESCE(sum(event_count) FILTER (WHERE event_type = ", event_type, "), 0)");
}

}  // namespace

std::string MetricWriter::Write(const Metric& metric) const {
  switch (metric.kind) {
    case MetricKind::kMeasure:
      return metric.scale == 1 ? Whole(Sum(metric.numerator))
                               : Scaled(Sum(metric.numerator), metric.scale);
    case MetricKind::kEventType:
      return Whole(CountOf(metric.event_type));
    case MetricKind::kEvents:
      return Whole(by_event_type_ ? "COALESCE(sum(event_count), 0)" : AllEvents());
    case MetricKind::kRatio:
      return Ratio(Numerator(metric), Sum(metric.denominator), metric.scale);
    case MetricKind::kQuartiles:
      return Ratio(Numerator(metric), Sum(metric.denominator), 4);
    case MetricKind::kSketch:
      return absl::StrCat("COALESCE(round(hll_cardinality(hll_union_agg(",
                          ToAbsl(catalog::Info(metric.sketch).name), "))), 0)::bigint");
    case MetricKind::kViewers:
      return absl::StrCat(Sum(metric.numerator), "::double precision * 10000 / ", milliseconds_);
    case MetricKind::kPeak:
      break;
  }
  return "NULL";
}

std::string MetricWriter::IsCounted(const Metric& metric) const {
  if (metric.kind == MetricKind::kViewers) return absl::StrCat(Sum(metric.numerator), " <> 0");
  if (!IsRatio(metric)) return absl::StrCat(Write(metric), " <> 0");
  return absl::StrCat(Numerator(metric), " <> 0 OR ", Sum(metric.denominator), " <> 0");
}

std::string MetricWriter::Sum(Measure measure) const {
  const catalog::MeasureInfo& info = catalog::Info(measure);
  return by_event_type_ ? CountOf(info.event_type)
                        : absl::StrCat("COALESCE(sum(", ToAbsl(info.name), "), 0)");
}

std::string MetricWriter::Numerator(const Metric& metric) const {
  if (metric.kind == MetricKind::kRatio) return Sum(metric.numerator);
  return absl::StrCat("(", Sum(Measure::kPlayThrough25), " + ", Sum(Measure::kPlayThrough50), " + ",
                      Sum(Measure::kPlayThrough75), " + ", Sum(Measure::kPlayThrough100), ")");
}

std::string MetricWriter::AllEvents() const {
  std::string all = "(COALESCE(sum(event_count), 0)";
  for (const catalog::MeasureInfo& info : catalog::Measures()) {
    if (info.event_type != 0) absl::StrAppend(&all, " + ", Sum(info.id));
  }
  return all + ")";
}

}  // namespace playhead::query
