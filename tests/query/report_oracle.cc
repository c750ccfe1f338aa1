#include "tests/query/report_oracle.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/query/buckets.h"

namespace playhead::query {
namespace {

using catalog::Measure;
using catalog::Metric;
using catalog::MetricKind;

std::string TextOf(const TestEvent& event, const Field& field) {
  if (field.kind == Field::Kind::kPartner) return absl::StrCat(event.partner);
  if (field.kind == Field::Kind::kEventType) return absl::StrCat(event.event_type);
  return event.dimension(field.stored);
}

bool Matches(const TestEvent& event, const Filter& filter) {
  const auto matches = [&](const Filter& child) { return Matches(event, child); };
  switch (filter.op) {
    case Filter::Op::kAnd:
      return std::all_of(filter.children.begin(), filter.children.end(), matches);
    case Filter::Op::kOr:
      return std::any_of(filter.children.begin(), filter.children.end(), matches);
    case Filter::Op::kNot:
      return !matches(filter.children[0]);
    case Filter::Op::kIn:
      break;
  }
  return std::count(filter.values.begin(), filter.values.end(), TextOf(event, filter.field)) > 0;
}

bool Counts(const TestEvent& event, const ReportQuery& query) {
  if (query.partner != 0 && event.partner != query.partner) return false;
  if (event.Instant() < query.range.start || event.Instant() >= query.range.end) return false;
  const std::string& traffic = event.dimension(catalog::Dimension::kTraffic);
  if (!query.traffic.empty() &&
      std::count(query.traffic.begin(), query.traffic.end(), traffic) == 0)
    return false;
  return !query.filter.has_value() || Matches(event, *query.filter);
}

std::string ShowDouble(double value) { return absl::StrFormat("%.9g", value); }

std::string ShowRatio(double numerator, double denominator, double scale) {
  return denominator == 0 ? "DIVISION_BY_ZERO" : ShowDouble(numerator / denominator / scale);
}

std::int64_t PeakOf(const std::vector<const TestEvent*>& events) {
  std::map<absl::Time, std::int64_t> views;
  std::int64_t peak = 0;
  for (const TestEvent* event : events) {
    peak = std::max(peak, views[event->Instant()] += event->Measure(Measure::kViews));
  }
  return peak;
}

// `length`: of the bucket, cut to the range and to now.
std::string Compute(const Metric& metric, const std::vector<const TestEvent*>& events,
                    absl::Duration length) {
  const auto sum = [&](Measure measure) {
    std::int64_t total = 0;
    for (const TestEvent* event : events) total += event->Measure(measure);
    return total;
  };
  switch (metric.kind) {
    case MetricKind::kMeasure:
      return metric.scale == 1
                 ? absl::StrCat(sum(metric.numerator))
                 : ShowDouble(static_cast<double>(sum(metric.numerator)) / metric.scale);
    case MetricKind::kEventType:
      return absl::StrCat(std::count_if(events.begin(), events.end(), [&](const TestEvent* event) {
        return event->event_type == metric.event_type;
      }));
    case MetricKind::kEvents:
      return absl::StrCat(events.size());
    case MetricKind::kRatio:
      return ShowRatio(static_cast<double>(sum(metric.numerator)),
                       static_cast<double>(sum(metric.denominator)), metric.scale);
    case MetricKind::kQuartiles:
      return ShowRatio(
          static_cast<double>(sum(Measure::kPlayThrough25) + sum(Measure::kPlayThrough50) +
                              sum(Measure::kPlayThrough75) + sum(Measure::kPlayThrough100)),
          static_cast<double>(sum(Measure::kPlays)), 4);
    case MetricKind::kViewers:
      return ShowDouble(static_cast<double>(sum(Measure::kViews)) /
                        absl::FDivDuration(length, absl::Seconds(10)));
    case MetricKind::kPeak:
      return absl::StrCat(PeakOf(events));
    case MetricKind::kSketch:
      break;
  }
  std::set<std::int64_t> distinct;
  for (const TestEvent* event : events) {
    if (metric.sketch == catalog::Sketch::kUniqueSessions) distinct.insert(event->session);
    if (metric.sketch == catalog::Sketch::kUniqueViewers && event->HasViewer()) {
      distinct.insert(event->viewer);
    }
    if (metric.sketch == catalog::Sketch::kUniqueKnownUsers && event->known_user != 0) {
      distinct.insert(event->known_user);
    }
  }
  return absl::StrCat(distinct.size());
}

// Whether there is anything that the metric is made of.
bool IsCounted(const Metric& metric, const std::vector<const TestEvent*>& events) {
  const auto has = [&](std::initializer_list<Measure> measures) {
    return std::any_of(events.begin(), events.end(), [&](const TestEvent* event) {
      return std::any_of(measures.begin(), measures.end(),
                         [&](Measure measure) { return event->Measure(measure) != 0; });
    });
  };
  if (metric.kind == MetricKind::kRatio) return has({metric.numerator, metric.denominator});
  if (metric.kind == MetricKind::kQuartiles) {
    return has({Measure::kPlayThrough25, Measure::kPlayThrough50, Measure::kPlayThrough75,
                Measure::kPlayThrough100, Measure::kPlays});
  }
  return Compute(metric, events, absl::Seconds(10)) != "0";
}

std::vector<std::string> ComputeAll(const ReportQuery& query,
                                    const std::vector<const TestEvent*>& events,
                                    const Range& bucket) {
  const absl::Time start = std::max(bucket.start, query.range.start);
  const absl::Time end = std::min(bucket.end, query.range.end);
  const absl::Time passed = start < query.now ? std::min(end, query.now) : end;
  const absl::Duration length = std::max(passed - start, absl::Seconds(10));
  std::vector<std::string> values;
  for (const Metric* metric : query.metrics) {
    values.push_back(Compute(*metric, events, length));
  }
  return values;
}

}  // namespace

OracleRows RowsOf(const std::vector<TestEvent>& events, const ReportQuery& query) {
  const auto edges = BucketEdges(query.range, query.Buckets()).value();
  std::map<std::vector<std::string>, std::vector<const TestEvent*>> groups;
  std::map<std::vector<std::string>, Range> buckets;
  if (query.dimensions.empty()) groups[{}] = {};
  for (const TestEvent& event : events) {
    if (!Counts(event, query)) continue;
    std::vector<std::string> key;
    Range bucket = query.range;
    for (const auto& field : query.dimensions) {
      if (!field.has_value()) {
        const auto next = std::upper_bound(edges.begin(), edges.end(), event.Instant());
        bucket = {*std::prev(next), *next};
        key.push_back(ShowTime(*std::prev(next), query.zone));
      } else if (field->kind == Field::Kind::kEventType) {
        key.push_back(ShowEventType(event.event_type));
      } else {
        key.push_back(TextOf(event, *field));
      }
    }
    groups[key].push_back(&event);
    buckets[key] = bucket;
  }
  OracleRows rows;
  for (const auto& [key, of_group] : groups) {
    const auto is_counted = [&events = of_group](const Metric* metric) {
      return IsCounted(*metric, events);
    };
    const bool is_row = query.dimensions.empty() ||
                        std::any_of(query.metrics.begin(), query.metrics.end(), is_counted);
    if (is_row)
      rows[key] = ComputeAll(query, of_group, buckets.contains(key) ? buckets[key] : query.range);
  }
  return rows;
}

std::vector<std::string> TotalsOf(const std::vector<TestEvent>& events, const ReportQuery& query) {
  std::vector<const TestEvent*> counting;
  for (const TestEvent& event : events) {
    if (Counts(event, query)) counting.push_back(&event);
  }
  return ComputeAll(query, counting, query.range);
}

std::string ShowValue(const v1::Value& value) {
  switch (value.value_case()) {
    case v1::Value::kStringValue:
      return value.string_value();
    case v1::Value::kIntValue:
      return absl::StrCat(value.int_value());
    case v1::Value::kDoubleValue:
      return ShowDouble(value.double_value());
    case v1::Value::kTimeValue:
      return value.time_value();
    case v1::Value::kNullReason:
      return v1::Value::NullReason_Name(value.null_reason());
    case v1::Value::VALUE_NOT_SET:
      break;
  }
  return "NOT SET";
}

OracleRows RowsOf(const v1::RunReportResponse& response, std::size_t dimensions) {
  OracleRows rows;
  for (const v1::Row& row : response.rows()) {
    std::vector<std::string> values;
    for (const v1::Value& value : row.values()) values.push_back(ShowValue(value));
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(dimensions);
    std::vector<std::string> key(values.begin(), middle);
    // A repeated key shows as a row of its own.
    while (rows.contains(key)) key.push_back("again");
    rows[key] = {middle, values.end()};
  }
  return rows;
}

}  // namespace playhead::query
