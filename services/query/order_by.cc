#include "services/query/order_by.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

constexpr char kExample[] = "plays desc, entry";
constexpr std::size_t kMaxBytes = 2048;

absl::Status BadOrder(const std::string& fault, std::size_t position, const std::string& value) {
  const std::string shown = Shown(ValidUtf8(value));
  return Invalid(
      "BAD_ORDER", "order_by",
      absl::StrCat("order_by: ", fault, " at byte ", position, "; for example: ", kExample),
      {{"position", absl::StrCat(position)}, {"value", shown}, {"example", kExample}});
}

std::vector<std::string> ColumnNames(const ReportQuery& query) {
  std::vector<std::string> names;
  for (const auto& dimension : query.dimensions) {
    names.emplace_back(dimension.has_value() ? FieldName(*dimension)
                                             : GranularityName(query.granularity));
  }
  for (const catalog::Metric* metric : query.metrics) names.emplace_back(metric->name);
  return names;
}

// Aliases stand for what they name.
std::string Resolved(const std::string& name) {
  if (const auto field = FindField(name)) return std::string(FieldName(*field));
  if (const auto time = FindGranularity(name)) return std::string(GranularityName(*time));
  const catalog::Metric* metric = catalog::FindMetric(name);
  return metric == nullptr ? name : std::string(metric->name);
}

absl::StatusOr<int> FindColumn(const std::string& name, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), Resolved(name));
  if (found != names.end()) return static_cast<int>(found - names.begin());
  return UnknownName("UNKNOWN_METRIC", "order_by", name, names);
}

std::vector<OrderKey> DefaultOrder(const ReportQuery& query) {
  const auto time = std::find(query.dimensions.begin(), query.dimensions.end(), std::nullopt);
  if (time != query.dimensions.end()) {
    return {{.column = static_cast<int>(time - query.dimensions.begin()), .descending = false}};
  }
  return {{.column = static_cast<int>(query.dimensions.size()), .descending = true}};
}

bool Has(const std::vector<OrderKey>& order, int column) {
  return std::any_of(order.begin(), order.end(),
                     [column](const OrderKey& key) { return key.column == column; });
}

absl::StatusOr<std::vector<OrderKey>> Written(const std::string& text, const ReportQuery& query) {
  const std::vector<std::string> names = ColumnNames(query);
  std::vector<OrderKey> order;
  std::size_t position = 0;
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  for (const std::string& part : parts) {
    const std::vector<std::string> words =
        absl::StrSplit(part, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
    if (words.empty() || words.size() > 2) {
      return BadOrder("expected a column and asc or desc", position, part);
    }
    const std::string direction = words.size() == 1 ? "asc" : absl::AsciiStrToLower(words[1]);
    if (direction != "asc" && direction != "desc") {
      return BadOrder("expected asc or desc", position, words[1]);
    }
    ASSIGN_OR_RETURN(const int column, FindColumn(words[0], names));
    if (Has(order, column)) return BadOrder("a column is named twice", position, words[0]);
    order.push_back({.column = column, .descending = direction == "desc"});
    position += part.size() + 1;
  }
  return order;
}

}  // namespace

absl::StatusOr<std::vector<OrderKey>> ParseOrderBy(const std::string& text,
                                                   const ReportQuery& query) {
  if (text.size() > kMaxBytes) return BadOrder("longer than 2 KiB", kMaxBytes, "");
  std::vector<OrderKey> order;
  if (absl::StripAsciiWhitespace(text).empty()) {
    order = DefaultOrder(query);
  } else {
    ASSIGN_OR_RETURN(order, Written(text, query));
  }
  for (int i = 0; i < static_cast<int>(query.dimensions.size()); ++i) {
    if (!Has(order, i)) order.push_back({.column = i, .descending = false});
  }
  return order;
}

}  // namespace playhead::query
