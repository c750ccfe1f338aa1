#include "services/query/sql.h"

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
#include "services/query/sql_writer.h"

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

// The groups of a report: columns d0, d1, ... and m0, m1, ...
class ReportWriter {
 public:
  explicit ReportWriter(const SqlInput& input) : input_(input) {}

  std::string Grouped(bool with_dimensions, bool with_metrics) {
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

  // Rows that come after `row` in the order of the report; nulls come last.
  std::string After(const SqlRow& row) {
    std::vector<std::string> cases;
    std::string equal;
    for (const OrderKey& key : input_.query.order) {
      const std::string column = Column(key.column);
      const SqlValue& value = row[static_cast<std::size_t>(key.column)];
      if (!value.has_value()) {
        absl::StrAppend(&equal, column, " IS NULL AND ");
        continue;
      }
      const std::string parameter = parameters_.Value(value, Type(key.column));
      cases.push_back(absl::StrCat("(", equal, "(", column, key.descending ? " < " : " > ",
                                   parameter, " OR ", column, " IS NULL))"));
      absl::StrAppend(&equal, column, " = ", parameter, " AND ");
    }
    return cases.empty() ? "false" : absl::StrJoin(cases, "\n  OR ");
  }

  std::string OrderBy() const {
    std::vector<std::string> keys;
    for (const OrderKey& key : input_.query.order) {
      keys.push_back(
          absl::StrCat(Column(key.column), key.descending ? " DESC" : "", " NULLS LAST"));
    }
    return absl::StrJoin(keys, ", ");
  }

  std::string Limit(int rows) { return parameters_.Number(rows); }

  Statement Finish(std::string sql) {
    return {.sql = std::move(sql), .parameters = parameters_.Take()};
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

  // Of what has passed of a bucket within the range, in milliseconds; at least ten seconds.
  std::int64_t LengthOf(const Range& bucket) const {
    const ReportQuery& query = input_.query;
    const absl::Duration passed = std::min({bucket.end, query.range.end, query.now}) -
                                  std::max(bucket.start, query.range.start);
    return absl::ToInt64Milliseconds(std::max(passed, absl::Seconds(10)));
  }

  int DimensionCount() const { return static_cast<int>(input_.query.dimensions.size()); }

  std::string Column(int column) const {
    return column < DimensionCount() ? absl::StrCat("d", column)
                                     : absl::StrCat("m", column - DimensionCount());
  }

  std::string_view Type(int column) const {
    if (column < DimensionCount()) {
      const auto& field = input_.query.dimensions[static_cast<std::size_t>(column)];
      return !field.has_value() || field->IsNumber() ? "int" : "text COLLATE \"C\"";
    }
    const Metric& metric =
        *input_.query.metrics[static_cast<std::size_t>(column - DimensionCount())];
    return IsWhole(metric) ? "bigint" : "double precision";
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
  SqlParameters parameters_;
};

}  // namespace

Statement ReportStatement(const SqlInput& input, const std::optional<SqlRow>& after) {
  ReportWriter writer(input);
  std::string sql = writer.Grouped(true, true);
  if (input.query.dimensions.empty()) return writer.Finish(std::move(sql));
  sql = absl::StrCat("SELECT * FROM (\n", sql, "\n) report");
  if (after.has_value()) absl::StrAppend(&sql, "\nWHERE ", writer.After(*after));
  absl::StrAppend(&sql, "\nORDER BY ", writer.OrderBy(), "\nLIMIT ",
                  writer.Limit(input.query.page_size + 1));
  return writer.Finish(std::move(sql));
}

Statement TotalsStatement(const SqlInput& input) {
  ReportWriter writer(input);
  std::string sql = writer.Grouped(false, true);
  return writer.Finish(std::move(sql));
}

Statement CountStatement(const SqlInput& input) {
  if (input.query.dimensions.empty()) return {.sql = "SELECT 1", .parameters = {}};
  ReportWriter writer(input);
  std::string sql = writer.Grouped(true, false);
  return writer.Finish(absl::StrCat("SELECT count(*) FROM (\n", sql, "\n) report"));
}

}  // namespace playhead::query
