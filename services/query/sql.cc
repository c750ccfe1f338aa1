#include "services/query/sql.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/query/metrics_of.h"
#include "services/query/sql_groups.h"
#include "services/query/sql_writer.h"

namespace playhead::query {
namespace {

using catalog::Metric;

class ReportWriter {
 public:
  explicit ReportWriter(const SqlInput& input) : input_(input) {}

  std::string Groups(const GroupOptions& options) {
    return GroupsSql(input_, options, parameters_);
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

  const SqlInput& input_;
  SqlParameters parameters_;
};

}  // namespace

Statement ReportStatement(const SqlInput& input, const std::optional<SqlRow>& after) {
  ReportWriter writer(input);
  std::string sql = writer.Groups({});
  if (input.query.dimensions.empty()) return writer.Finish(std::move(sql));
  sql = absl::StrCat("SELECT * FROM (\n", sql, "\n) report");
  if (after.has_value()) absl::StrAppend(&sql, "\nWHERE ", writer.After(*after));
  absl::StrAppend(&sql, "\nORDER BY ", writer.OrderBy(), "\nLIMIT ",
                  writer.Limit(input.query.page_size + 1));
  return writer.Finish(std::move(sql));
}

Statement TotalsStatement(const SqlInput& input) {
  ReportWriter writer(input);
  std::string sql = writer.Groups({.with_dimensions = false});
  return writer.Finish(std::move(sql));
}

Statement CountStatement(const SqlInput& input) {
  if (input.query.dimensions.empty()) return {.sql = "SELECT 1", .parameters = {}};
  ReportWriter writer(input);
  std::string sql = writer.Groups({.with_metrics = false});
  return writer.Finish(absl::StrCat("SELECT count(*) FROM (\n", sql, "\n) report"));
}

}  // namespace playhead::query
