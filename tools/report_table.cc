#include "tools/report_table.h"

#include "absl/strings/str_cat.h"

namespace playhead::tools {
namespace {

Cell MakeCell(const v1::Value& value) {
  switch (value.value_case()) {
    case v1::Value::kStringValue:
      return value.string_value();
    case v1::Value::kTimeValue:
      return value.time_value();
    case v1::Value::kIntValue:
      return value.int_value();
    case v1::Value::kDoubleValue:
      return value.double_value();
    default:
      return std::monostate();
  }
}

std::vector<Cell> MakeCells(const v1::Row& row, std::size_t columns) {
  std::vector<Cell> cells;
  for (const v1::Value& value : row.values()) cells.push_back(MakeCell(value));
  cells.resize(columns);
  return cells;
}

// Totals have one value per metric: they stand under the last columns.
std::vector<Cell> MakeTotals(const v1::Row& totals, std::size_t columns) {
  std::vector<Cell> cells = MakeCells(totals, static_cast<std::size_t>(totals.values_size()));
  if (cells.size() > columns) cells.resize(columns);
  cells.insert(cells.begin(), columns - cells.size(), Cell());
  return cells;
}

}  // namespace

Table MakeTable(const v1::RunReportResponse& response) {
  Table table;
  for (const v1::Column& column : response.columns()) {
    // The number of a partner is a name.
    const bool is_number =
        column.kind() != v1::Column::DIMENSION &&
        (column.type() == v1::Column::INT || column.type() == v1::Column::DOUBLE);
    table.columns.push_back({.name = column.name(),
                             .unit = column.unit() == "count" ? "" : column.unit(),
                             .is_number = is_number,
                             .can_shorten = column.type() == v1::Column::STRING});
  }
  for (const v1::Row& row : response.rows()) {
    table.rows.push_back(MakeCells(row, table.columns.size()));
  }
  if (response.has_totals()) table.totals = MakeTotals(response.totals(), table.columns.size());
  return table;
}

std::string WarningLine(const v1::Warning& warning) {
  std::string line =
      absl::StrCat("warning ", v1::Warning::Code_Name(warning.code()), ": ", warning.message());
  if (!warning.suggestion().empty()) absl::StrAppend(&line, "; ", warning.suggestion());
  return line;
}

}  // namespace playhead::tools
