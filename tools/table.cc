#include "tools/table.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace playhead::tools {
namespace {

std::string FormatNumber(double value) {
  // Enough for milliseconds of seconds and for ratios, without the noise of binary fractions.
  std::string text = absl::StrFormat("%.6f", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string CellText(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return absl::StrCat(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return FormatNumber(*number);
  return "";
}

std::string CsvText(const Cell& cell) {
  std::string text = CellText(cell);
  const bool is_text = std::holds_alternative<std::string>(cell);
  if (is_text && !text.empty() &&
      absl::string_view("=+-@\t\r").find(text[0]) != absl::string_view::npos) {
    text.insert(0, "'");
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

nlohmann::ordered_json ToJson(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  return nullptr;
}

nlohmann::ordered_json ToJson(const std::vector<TableColumn>& columns,
                              const std::vector<Cell>& cells) {
  auto object = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < columns.size(); ++i) object[columns[i].name] = ToJson(cells[i]);
  return object;
}

}  // namespace

std::string FormatCsv(const Table& table) {
  std::string text;
  const auto append = [&text](const auto& cells, auto to_text) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += (i == 0 ? "" : ",") + to_text(cells[i]);
    }
    text += "\r\n";
  };
  append(table.columns, [](const TableColumn& column) { return CsvText(column.name); });
  for (const auto& row : table.rows) append(row, CsvText);
  return text;
}

nlohmann::ordered_json ToJson(const Table& table) {
  nlohmann::ordered_json json;
  json["columns"] = nlohmann::ordered_json::array();
  for (const TableColumn& column : table.columns) {
    json["columns"].push_back({{"name", column.name}, {"unit", column.unit}});
  }
  json["rows"] = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) json["rows"].push_back(ToJson(table.columns, row));
  if (!table.totals.empty()) json["totals"] = ToJson(table.columns, table.totals);
  return json;
}

}  // namespace playhead::tools
