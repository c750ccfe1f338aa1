#include "tools/table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/strings.h"

namespace playhead::tools {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// A code point, or -1 for a byte that is not UTF-8, and how many bytes it took.
struct CodePoint {
  std::int32_t value = -1;
  std::size_t bytes = 1;
};

CodePoint DecodeFirst(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return {};
  std::int32_t value = byte(0) & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::int32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[length] || value > 0x10FFFF || is_surrogate) return {};
  return {value, length};
}

struct CodeRange {
  std::int32_t first;
  std::int32_t last;
};

bool IsIn(std::int32_t value, const auto& ranges) {
  return std::ranges::any_of(
      ranges, [value](CodeRange range) { return value >= range.first && value <= range.last; });
}

bool IsCombining(std::int32_t value) {
  static constexpr CodeRange kRanges[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},
                                          {0x610, 0x61A},   {0x64B, 0x65F},   {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};
  return IsIn(value, kRanges);
}

bool IsWide(std::int32_t value) {
  static constexpr CodeRange kRanges[] = {
      {0x1100, 0x115F},  {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97F},
      {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
      {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
      {0x20000, 0x3FFFD}};
  return IsIn(value, kRanges);
}

// Also the characters that turn the direction of writing.
bool IsControl(std::int32_t value) {
  static constexpr CodeRange kRanges[] = {
      {0, 0x1F}, {0x7F, 0x9F}, {0x202A, 0x202E}, {0x2066, 0x2069}};
  return IsIn(value, kRanges);
}

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

std::string TableText(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "-";
  return Printable(CellText(cell));
}

std::string Header(const TableColumn& column) {
  return column.unit.empty() ? column.name : absl::StrCat(column.name, " (", column.unit, ")");
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

// Texts of all lines, the header first.
std::vector<std::vector<std::string>> TableTexts(const Table& table) {
  std::vector<std::vector<std::string>> lines(1);
  for (const TableColumn& column : table.columns) lines[0].push_back(Header(column));
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const Cell& cell : row) line.push_back(TableText(cell));
  }
  if (!table.totals.empty()) {
    auto& line = lines.emplace_back();
    for (const Cell& cell : table.totals) line.push_back(TableText(cell));
    if (!table.columns.empty() && !table.columns[0].is_number) line[0] = "total";
  }
  return lines;
}

std::string AlignedLine(const std::vector<TableColumn>& columns,
                        const std::vector<std::string>& texts, const std::vector<int>& widths) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string padding(static_cast<std::size_t>(widths[i] - DisplayWidth(texts[i])), ' ');
    if (i > 0) line += "  ";
    line += columns[i].is_number ? padding + texts[i] : texts[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = DecodeFirst(text);
    width += IsCombining(point.value) ? 0 : IsWide(point.value) ? 2 : 1;
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const CodePoint point = DecodeFirst(text);
    const bool is_shown = point.value >= 0 && !IsControl(point.value);
    printable += is_shown ? text.substr(0, point.bytes) : kReplacement;
    text.remove_prefix(point.bytes);
  }
  return printable;
}

std::string FormatTable(const Table& table) {
  const auto lines = TableTexts(table);
  std::vector<int> widths(table.columns.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(line[i]));
    }
  }
  std::vector<std::string> rule;
  for (const int width : widths) rule.emplace_back(static_cast<std::size_t>(width), '-');
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool is_totals = !table.totals.empty() && i + 1 == lines.size();
    if (i == 1 || is_totals) text += AlignedLine(table.columns, rule, widths);
    text += AlignedLine(table.columns, lines[i], widths);
  }
  return text;
}

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
