#include "services/query/sql_groups.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/strings.h"
#include "services/query/metrics_of.h"
#include "services/query/plan_audience.h"
#include "services/query/sql_audience.h"
#include "services/query/sql_metrics.h"
#include "services/query/sql_sources.h"

namespace playhead::query {
namespace {

using catalog::Metric;
using catalog::MetricKind;

std::string FilterSql(const Filter& filter, SqlParameters& parameters) {
  switch (filter.op) {
    case Filter::Op::kIn: {
      const std::string name = absl::StrCat("s.\"", ToAbsl(FieldName(filter.field)), "\"");
      const std::string values = parameters.Texts(filter.values);
      return filter.field.IsNumber() ? absl::StrCat(name, " = ANY (", values, "::int[])")
                                     : absl::StrCat(name, " = ANY (", values, ")");
    }
    case Filter::Op::kNot:
      return absl::StrCat("NOT ", FilterSql(filter.children.front(), parameters));
    case Filter::Op::kAnd:
    case Filter::Op::kOr:
      break;
  }
  std::vector<std::string> parts;
  for (const Filter& child : filter.children) parts.push_back(FilterSql(child, parameters));
  return absl::StrCat("(", absl::StrJoin(parts, filter.op == Filter::Op::kAnd ? " AND " : " OR "),
                      ")");
}

class GroupWriter {
 public:
  GroupWriter(const SqlInput& input, SqlParameters& parameters)
      : input_(input), parameters_(parameters) {}

  std::string Write(bool with_dimensions, bool with_metrics) {
    const ReportQuery& query = input_.query;
    const std::size_t dimensions = with_dimensions ? query.dimensions.size() : 0;
    if (!HasPeaks(query)) return Counts(dimensions, with_metrics);
    const auto& audience = with_dimensions ? input_.plan.audience : input_.plan.totals_audience;
    if (!HasCounts(query)) return Peaks(dimensions, with_metrics, *audience);
    std::vector<std::string> columns = Dimensions(dimensions);
    for (std::size_t i = 0; with_metrics && i < query.metrics.size(); ++i) {
      const bool may_be_null = IsRatio(*query.metrics[i]);
      columns.push_back(may_be_null ? absl::StrCat("m", i)
                                    : absl::StrCat("COALESCE(m", i, ", 0) AS m", i));
    }
    const std::string counts = Counts(dimensions, with_metrics);
    const std::string peaks = Peaks(dimensions, with_metrics, *audience);
    const std::string names = absl::StrJoin(Dimensions(dimensions), ", ");
    return absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), "\nFROM (\n", counts, "\n) c ",
                        dimensions == 0 ? "CROSS" : "FULL", " JOIN (\n", peaks, "\n) p",
                        dimensions == 0 ? "" : absl::StrCat(" USING (", names, ")"));
  }

 private:
  static std::vector<std::string> Dimensions(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(absl::StrCat("d", i));
    return names;
  }

  // Of every metric but peaks.
  std::string Counts(std::size_t dimensions, bool with_metrics) {
    const ReportQuery& query = input_.query;
    const MetricWriter metric_writer(input_.plan.by_event_type,
                                     with_metrics ? Milliseconds(dimensions) : "");
    std::vector<std::string> columns = Dimensions(dimensions);
    std::vector<std::string> counted;
    for (std::size_t i = 0; i < query.metrics.size(); ++i) {
      const Metric& metric = *query.metrics[i];
      if (metric.kind == MetricKind::kPeak) continue;
      counted.push_back(metric_writer.IsCounted(metric));
      if (with_metrics) columns.push_back(absl::StrCat(metric_writer.Write(metric), " AS m", i));
    }
    const bool by_ten_seconds = query.granularity == Granularity::kTenSeconds;
    const std::string keys = Keys(dimensions);
    const std::string sources = by_ten_seconds
                                    ? TenSecondsSql(input_, *input_.plan.audience, parameters_)
                                    : SourcesSql(input_, parameters_);
    std::string sql =
        absl::StrCat("SELECT ", absl::StrJoin(columns, ",\n  "), "\nFROM (\n  SELECT ", keys,
                     "s.*\n  FROM (\n  ", sources, "\n  ) s\n  WHERE ", Where(), "\n) g");
    if (dimensions == 0) return sql;
    // A group in which no asked metric counts anything is no row. (Of error codes, some cancel
    // out.)
    absl::StrAppend(&sql, "\nGROUP BY ", absl::StrJoin(Dimensions(dimensions), ", "), "\nHAVING ",
                    absl::StrJoin(counted, " OR "));
    return sql;
  }

  // A peak is the greatest sum of a group in any ten seconds.
  std::string Peaks(std::size_t dimensions, bool with_metric, const AudiencePlan& audience) {
    std::vector<std::string> columns = Dimensions(dimensions);
    std::vector<std::string> groups = columns;
    groups.emplace_back("bucket");
    const std::string keys = Keys(dimensions);
    std::string rows = absl::StrCat(
        "SELECT ", absl::StrJoin(columns, ", "), columns.empty() ? "" : ", ",
        "sum(views)::bigint AS viewers\n  FROM (\n  SELECT ", keys, "s.*\n  FROM (\n  ",
        TenSecondsSql(input_, audience, parameters_), "\n  ) s\n  WHERE ", Where(),
        "\n  ) g\n  GROUP BY ", absl::StrJoin(groups, ", "));
    const std::string peaks = PeaksSql(input_, audience, parameters_);
    if (!peaks.empty()) {
      absl::StrAppend(&rows, "\n  UNION ALL\n  SELECT ", keys, "s.viewers\n  FROM (\n  ", peaks,
                      "\n  ) s\n  WHERE ", Filtered());
    }
    if (with_metric) {
      columns.push_back(absl::StrCat("COALESCE(max(viewers), 0) AS m", PeakColumn()));
    }
    if (columns.empty()) columns.emplace_back("1");
    std::string sql =
        absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), "\nFROM (\n  ", rows, "\n) t");
    if (dimensions == 0) return sql;
    absl::StrAppend(&sql, "\nGROUP BY ", absl::StrJoin(Dimensions(dimensions), ", "),
                    "\nHAVING max(viewers) <> 0");
    return sql;
  }

  std::size_t PeakColumn() const {
    const auto& metrics = input_.query.metrics;
    const auto found = std::find_if(metrics.begin(), metrics.end(), [](const Metric* metric) {
      return metric->kind == MetricKind::kPeak;
    });
    return static_cast<std::size_t>(found - metrics.begin());
  }

  // How long the group's bucket is, for `viewers`; empty: they are not asked for.
  std::string Milliseconds(std::size_t dimensions) {
    const auto& metrics = input_.query.metrics;
    if (std::none_of(metrics.begin(), metrics.end(),
                     [](const Metric* metric) { return metric->kind == MetricKind::kViewers; })) {
      return "";
    }
    for (std::size_t i = 0; i < dimensions; ++i) {
      if (input_.query.dimensions[i].has_value()) continue;
      const std::vector<absl::Time>& edges = input_.plan.edges;
      std::vector<std::int64_t> lengths;
      for (std::size_t b = 0; b + 1 < edges.size(); ++b) {
        lengths.push_back(LengthOf({.start = edges[b], .end = edges[b + 1]}));
      }
      return absl::StrCat("(", parameters_.Numbers(lengths), ")[d", i, "]");
    }
    return parameters_.Number(LengthOf(input_.query.range));
  }

  // Of what has passed of a bucket within the range, in milliseconds; at least ten seconds. All of
  // a bucket that has not begun, in which only clocks that are ahead have events.
  std::int64_t LengthOf(const Range& bucket) const {
    const ReportQuery& query = input_.query;
    const absl::Time start = std::max(bucket.start, query.range.start);
    absl::Time end = std::min(bucket.end, query.range.end);
    if (start < query.now) end = std::min(end, query.now);
    return absl::ToInt64Milliseconds(std::max(end - start, absl::Seconds(10)));
  }

  std::string Keys(std::size_t dimensions) {
    std::string keys;
    for (std::size_t i = 0; i < dimensions; ++i) {
      const auto& field = input_.query.dimensions[i];
      const std::string value =
          field.has_value()
              ? absl::StrCat("s.\"", ToAbsl(FieldName(*field)), "\"")
              : absl::StrCat("width_bucket(s.bucket, ", parameters_.Times(input_.plan.edges), ")");
      absl::StrAppend(&keys, value, " AS d", i, ", ");
    }
    return keys;
  }

  std::string Where() {
    const std::string filtered = Filtered();
    if (input_.query.traffic.empty()) return filtered;
    return absl::StrCat("s.traffic = ANY (", parameters_.Texts(input_.query.traffic), ") AND ",
                        filtered);
  }

  std::string Filtered() {
    return input_.query.filter.has_value() ? FilterSql(*input_.query.filter, parameters_) : "true";
  }

  const SqlInput& input_;
  SqlParameters& parameters_;
};

}  // namespace

std::string GroupsSql(const SqlInput& input, const GroupOptions& options,
                      SqlParameters& parameters) {
  return GroupWriter(input, parameters).Write(options.with_dimensions, options.with_metrics);
}

}  // namespace playhead::query
