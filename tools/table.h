#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nlohmann/json.hpp"

namespace playhead::tools {

// A value of a report: nothing, a text, a number.
using Cell = std::variant<std::monostate, std::string, std::int64_t, double>;

struct TableColumn {
  std::string name;
  // Empty: none. Shown in the header.
  std::string unit;
  bool is_number = false;
};

struct Table {
  std::vector<TableColumn> columns;
  // Each as long as `columns`.
  std::vector<std::vector<Cell>> rows;
  // Empty: none.
  std::vector<Cell> totals;
};

// Columns that the text takes on a terminal: wide characters take two, combining ones none. Bytes
// that are not UTF-8 count one each.
int DisplayWidth(std::string_view text);

// The text with control characters (which could steer a terminal) and bytes that are not UTF-8
// shown as U+FFFD.
std::string Printable(std::string_view text);

// Lines of aligned columns: numbers to the right, units in the header, nothing as "-".
std::string FormatTable(const Table& table);

// RFC 4180, CRLF, with a header of column names; totals are not part of it. A text that a
// spreadsheet would run as a formula gets an apostrophe in front.
std::string FormatCsv(const Table& table);

// {"columns": [{"name", "unit"}], "rows": [{name: value}], "totals": {name: value}}.
nlohmann::ordered_json ToJson(const Table& table);

}  // namespace playhead::tools
