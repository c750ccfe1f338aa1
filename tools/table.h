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
  // Of texts: half of it says something, unlike half of an instant.
  bool can_shorten = false;
};

struct Table {
  std::vector<TableColumn> columns;
  // Each as long as `columns`.
  std::vector<std::vector<Cell>> rows;
  // Empty: none.
  std::vector<Cell> totals;
};

// Lines of aligned columns for people: numbers to the right and rounded, units in the header, no
// value as "-", an empty text as "(unknown)". Lines are at most `width` columns wide (0: as wide as
// they get): headers are wrapped, then long texts shortened, then columns of numbers follow in
// further tables, each with the columns of texts.
std::string FormatTable(const Table& table, int width = 0);

// RFC 4180, CRLF, with a header of column names; totals are not part of it. A text that a
// spreadsheet would run as a formula gets an apostrophe in front.
std::string FormatCsv(const Table& table);

// {"columns": [{"name", "unit"}], "rows": [{name: value}], "totals": {name: value}}.
nlohmann::ordered_json ToJson(const Table& table);

}  // namespace playhead::tools
