#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "tools/display.h"
#include "tools/table.h"

namespace playhead::tools {
namespace {

constexpr int kGap = 2;         // between columns
constexpr int kLeastText = 16;  // of a shortened text

using Texts = std::vector<std::string>;

double Magnitude(const Cell& cell) {
  const auto* number = std::get_if<double>(&cell);
  return number != nullptr && std::isfinite(*number) ? std::abs(*number) : 0;
}

// Decimals that a column needs, at most as many as help people.
int Decimals(const std::vector<const Cell*>& cells) {
  double most = 0;
  for (const Cell* cell : cells) most = std::max(most, Magnitude(*cell));
  const int limit = most >= 1000 ? 1 : most >= 1 ? 3 : 4;
  for (int decimals = 0; decimals < limit; ++decimals) {
    const double scale = std::pow(10, decimals);
    const bool is_enough = std::ranges::all_of(cells, [scale](const Cell* cell) {
      const double scaled = Magnitude(*cell) * scale;
      return std::abs(scaled - std::round(scaled)) < 1e-6 * scale;
    });
    if (is_enough) return decimals;
  }
  return limit;
}

std::string CellText(const Cell& cell, bool is_number, int decimals) {
  if (const auto* text = std::get_if<std::string>(&cell)) return ShownText(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) {
    return is_number ? Grouped(*whole) : absl::StrCat(*whole);
  }
  if (const auto* number = std::get_if<double>(&cell)) return Rounded(*number, decimals);
  return "-";
}

// `play_time (s)` may break into `play_`, `time` and ` (s)`.
Texts HeaderPieces(const TableColumn& column) {
  Texts pieces(1);
  for (const char c : column.name) {
    pieces.back() += c;
    if (c == '_') pieces.emplace_back();
  }
  // A ratio says by its name what it is.
  if (!column.unit.empty() && column.unit != "ratio") {
    pieces.push_back(absl::StrCat(" (", column.unit, ")"));
  }
  return pieces;
}

// Pieces joined into lines of at most `width` columns each, where they fit.
Texts Wrap(const Texts& pieces, int width) {
  Texts lines(1);
  for (const std::string& piece : pieces) {
    if (lines.back().empty() || DisplayWidth(lines.back() + piece) <= width) {
      lines.back() += piece;
    } else {
      lines.push_back(piece.substr(piece.find_first_not_of(' ')));
    }
  }
  return lines;
}

int Widest(const Texts& texts) {
  int widest = 0;
  for (const std::string& text : texts) widest = std::max(widest, DisplayWidth(text));
  return widest;
}

struct Column {
  bool is_number = false;
  bool can_shorten = false;
  Texts header = {};  // pieces
  Texts texts = {};   // of rows and totals
  int width = 0;
  int least_header = 0;  // columns that its longest piece needs
  int content = 0;       // columns that its texts need
};

Column MakeColumn(const Table& table, std::size_t number) {
  const TableColumn& info = table.columns[number];
  std::vector<const Cell*> cells;
  for (const auto& row : table.rows) cells.push_back(&row[number]);
  if (!table.totals.empty()) cells.push_back(&table.totals[number]);
  const int decimals = Decimals(cells);
  Column column = {.is_number = info.is_number, .can_shorten = info.can_shorten};
  column.header = HeaderPieces(info);
  for (const Cell* cell : cells) column.texts.push_back(CellText(*cell, info.is_number, decimals));
  // Totals are of numbers.
  if (!info.is_number && !table.totals.empty()) column.texts.back() = number == 0 ? "total" : "";
  column.content = Widest(column.texts);
  column.least_header = Widest(column.header);
  column.width = std::max(column.content, DisplayWidth(Wrap(column.header, INT32_MAX)[0]));
  return column;
}

int TotalWidth(const std::vector<const Column*>& columns) {
  return std::accumulate(columns.begin(), columns.end(), -kGap,
                         [](int sum, const Column* column) { return sum + kGap + column->width; });
}

// Takes columns away, one at a time, from where most can be spared.
void Narrow(std::vector<Column>& columns, int width, auto spare) {
  int total = -kGap;
  for (const Column& column : columns) total += kGap + column.width;
  for (; total > width; --total) {
    const auto most = std::ranges::max_element(columns, {}, spare);
    if (most == columns.end() || spare(*most) <= 0) return;
    --most->width;
  }
}

std::string Aligned(const std::vector<const Column*>& columns, auto text_of) {
  std::string line;
  for (const Column* column : columns) {
    const std::string text = text_of(*column);
    const int missing = std::max(column->width - DisplayWidth(text), 0);
    const std::string padding(static_cast<std::size_t>(missing), ' ');
    if (column != columns.front()) line.append(kGap, ' ');
    line += column->is_number ? padding + text : text + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string HeaderLines(const std::vector<const Column*>& columns) {
  std::size_t height = 0;
  for (const Column* column : columns) {
    height = std::max(height, Wrap(column->header, column->width).size());
  }
  std::string lines;
  for (std::size_t line = 0; line < height; ++line) {
    lines += Aligned(columns, [&](const Column& column) {
      const Texts wrapped = Wrap(column.header, column.width);
      const std::size_t above = height - wrapped.size();  // headers stand on the rule
      return line < above ? "" : wrapped[line - above];
    });
  }
  return lines;
}

std::string Block(const std::vector<const Column*>& columns, bool has_totals) {
  const auto rule = [](const Column& column) {
    return std::string(static_cast<std::size_t>(column.width), '-');
  };
  std::string text = HeaderLines(columns);
  const std::size_t lines = columns[0]->texts.size();
  for (std::size_t line = 0; line < lines; ++line) {
    if (line == 0 || (has_totals && line + 1 == lines)) text += Aligned(columns, rule);
    text += Aligned(columns, [line](const Column& column) {
      return column.can_shorten ? Shorten(column.texts[line], column.width) : column.texts[line];
    });
  }
  return text;
}

}  // namespace

std::string FormatTable(const Table& table, int width) {
  if (table.columns.empty()) return "";
  std::vector<Column> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) columns.push_back(MakeColumn(table, i));
  if (width > 0) {
    Narrow(columns, width, [](const Column& column) {
      return column.width - std::max(column.content, column.least_header);
    });
    Narrow(columns, width, [](const Column& column) {
      return column.can_shorten ? column.width - std::max(kLeastText, column.least_header) : 0;
    });
  }
  std::vector<const Column*> keys;
  for (const Column& column : columns) {
    if (!column.is_number) keys.push_back(&column);
  }
  std::string text;
  std::vector<const Column*> block = keys;
  for (const Column& column : columns) {
    if (!column.is_number) continue;
    block.push_back(&column);
    if (width > 0 && TotalWidth(block) > width && block.size() > keys.size() + 1) {
      block.pop_back();
      text += Block(block, !table.totals.empty()) + "\n";
      block = keys;
      block.push_back(&column);
    }
  }
  return text + Block(block, !table.totals.empty());
}

}  // namespace playhead::tools
