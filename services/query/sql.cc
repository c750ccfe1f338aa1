#include "services/query/sql.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/strings.h"
#include "services/query/metrics_of.h"
#include "services/query/sql_sources.h"
#include "services/query/sql_writer.h"

namespace playhead::query {
namespace {

using catalog::Measure;
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

class MetricWriter {
 public:
  explicit MetricWriter(bool by_event_type) : by_event_type_(by_event_type) {}

  std::string Write(const Metric& metric) const {
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
    }
    return "NULL";
  }

  // Whether anything that the metric is made of was counted: a ratio of 0 is a figure, 0/0 is none.
  std::string IsCounted(const Metric& metric) const {
    const bool is_ratio =
        metric.kind == MetricKind::kRatio || metric.kind == MetricKind::kQuartiles;
    if (!is_ratio) return absl::StrCat(Write(metric), " <> 0");
    return absl::StrCat(Numerator(metric), " <> 0 OR ", Sum(metric.denominator), " <> 0");
  }

 private:
  static std::string Whole(const std::string& sum) { return absl::StrCat(sum, "::bigint"); }
  static std::string Scaled(const std::string& sum, double scale) {
    return absl::StrFormat("%s::double precision / %g", sum, scale);
  }
  static std::string Ratio(const std::string& sum, const std::string& of, double scale) {
    return absl::StrFormat("%s::double precision / NULLIF(%s, 0)::double precision / %g", sum, of,
                           scale);
  }
  static std::string CountOf(int event_type) {
    return absl::StrCat("COALESCE(sum(event_count) FILTER (WHERE event_type = ", event_type,
                        "), 0)");
  }
  std::string Sum(Measure measure) const {
    const catalog::MeasureInfo& info = catalog::Info(measure);
    return by_event_type_ ? CountOf(info.event_type)
                          : absl::StrCat("COALESCE(sum(", ToAbsl(info.name), "), 0)");
  }
  // Of a ratio.
  std::string Numerator(const Metric& metric) const {
    if (metric.kind == MetricKind::kRatio) return Sum(metric.numerator);
    return absl::StrCat("(", Sum(Measure::kPlayThrough25), " + ", Sum(Measure::kPlayThrough50),
                        " + ", Sum(Measure::kPlayThrough75), " + ", Sum(Measure::kPlayThrough100),
                        ")");
  }
  std::string AllEvents() const {
    std::string all = "(COALESCE(sum(event_count), 0)";
    for (const catalog::MeasureInfo& info : catalog::Measures()) {
      if (info.event_type != 0) absl::StrAppend(&all, " + ", Sum(info.id));
    }
    return all + ")";
  }

  const bool by_event_type_;
};

std::string Listed(const char* prefix, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(absl::StrCat(prefix, i));
  return absl::StrJoin(names, ", ");
}

// The groups of a report: columns d0, d1, ... and m0, m1, ...
class ReportWriter {
 public:
  explicit ReportWriter(const SqlInput& input) : input_(input) {}

  std::string Grouped(bool with_dimensions, bool with_metrics) {
    const ReportQuery& query = input_.query;
    const std::size_t dimensions = with_dimensions ? query.dimensions.size() : 0;
    std::vector<std::string> columns;
    for (std::size_t i = 0; i < dimensions; ++i) columns.push_back(absl::StrCat("d", i));
    const MetricWriter metric_writer(input_.plan.by_event_type);
    for (std::size_t i = 0; with_metrics && i < query.metrics.size(); ++i) {
      columns.push_back(absl::StrCat(metric_writer.Write(*query.metrics[i]), " AS m", i));
    }
    if (columns.empty()) columns.emplace_back("1");
    std::string sql =
        absl::StrCat("SELECT ", absl::StrJoin(columns, ",\n  "), "\nFROM (\n  SELECT ",
                     Keys(dimensions), "s.*\n  FROM (\n  ", SourcesSql(input_, parameters_),
                     "\n  ) s\n  WHERE ", Where(), "\n) g");
    if (dimensions == 0) return sql;
    // A group in which no asked metric counts anything is no row. (Of error codes, some cancel
    // out.)
    std::vector<std::string> counted;
    for (const Metric* metric : query.metrics) counted.push_back(metric_writer.IsCounted(*metric));
    absl::StrAppend(&sql, "\nGROUP BY ", Listed("d", dimensions), "\nHAVING ",
                    absl::StrJoin(counted, " OR "));
    return sql;
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
    std::string where =
        absl::StrCat("s.traffic = ANY (", parameters_.Texts(input_.query.traffic), ")");
    if (input_.query.filter.has_value()) {
      absl::StrAppend(&where, " AND ", FilterSql(*input_.query.filter, parameters_));
    }
    return where;
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
