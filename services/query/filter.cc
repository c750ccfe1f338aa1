#include "services/query/filter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

constexpr char kExample[] = "country = \"FR\" AND device NOT IN (\"tv\", \"console\")";
constexpr char kTreeField[] = "filter";

// What SQL compares a field with.
absl::StatusOr<std::string> NormalValue(const Field& field, const std::string& value) {
  if (field.kind == Field::Kind::kPartner) {
    int partner = 0;
    if (absl::SimpleAtoi(value, &partner)) return absl::StrCat(partner);
    return absl::InvalidArgumentError("a partner is a whole number");
  }
  if (field.kind == Field::Kind::kEventType) {
    if (const auto type = ParseEventType(value)) return absl::StrCat(*type);
    return absl::InvalidArgumentError(
        "an event type is a number above 0 or a name such as \"shareClicked\"");
  }
  if (value.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("a value has no NUL character");
  }
  if (!IsValidUtf8(value)) return absl::InvalidArgumentError("a value is valid UTF-8");
  return value;
}

struct TreeReader {
  int value_count = 0;

  absl::StatusOr<Filter> Group(Filter::Op op, const v1::FilterExpressionList& list, int depth) {
    if (list.expressions_size() == 0) {
      return BadFilter(kTreeField, "a group needs at least one expression", 0, "");
    }
    Filter group{.op = op, .children = {}, .field = {}, .values = {}};
    for (const v1::FilterExpression& expression : list.expressions()) {
      ASSIGN_OR_RETURN(Filter child, Read(expression, depth + 1));
      group.children.push_back(std::move(child));
    }
    return group;
  }

  absl::StatusOr<Filter> Leaf(const v1::FieldFilter& filter) {
    using Op = v1::FieldFilter;
    const auto op = filter.op();
    if (op > Op::NE) return NotServed("filter.op", Op::Operator_Name(op));
    const int count = filter.values_size();
    const bool is_one = op == Op::EQ || op == Op::NE;
    if (count == 0 || (is_one && count != 1)) {
      return BadFilter(kTreeField, is_one ? "EQ and NE take one value" : "a value is missing", 0,
                       filter.field());
    }
    value_count += count;
    if (value_count > kMaxFilterValues) {
      return BadFilter(kTreeField, "more than 1,000 values", 0, filter.field());
    }
    ASSIGN_OR_RETURN(Filter leaf,
                     MakeLeaf({.name = filter.field(),
                               .values = {filter.values().begin(), filter.values().end()},
                               .position = 0,
                               .request_field = kTreeField}));
    if (op != Op::NE) return leaf;
    Filter negation{.op = Filter::Op::kNot, .children = {}, .field = {}, .values = {}};
    negation.children.push_back(std::move(leaf));
    return negation;
  }

  absl::StatusOr<Filter> Read(const v1::FilterExpression& expression, int depth) {
    if (depth > kMaxFilterDepth) return BadFilter(kTreeField, "more than 32 levels", 0, "");
    switch (expression.expression_case()) {
      case v1::FilterExpression::kAndGroup:
        return Group(Filter::Op::kAnd, expression.and_group(), depth);
      case v1::FilterExpression::kOrGroup:
        return Group(Filter::Op::kOr, expression.or_group(), depth);
      case v1::FilterExpression::kNotExpression: {
        ASSIGN_OR_RETURN(Filter child, Read(expression.not_expression(), depth + 1));
        Filter negation{.op = Filter::Op::kNot, .children = {}, .field = {}, .values = {}};
        negation.children.push_back(std::move(child));
        return negation;
      }
      case v1::FilterExpression::kFilter:
        return Leaf(expression.filter());
      case v1::FilterExpression::EXPRESSION_NOT_SET:
        break;
    }
    return BadFilter(kTreeField, "an expression without content", 0, "");
  }
};

std::string QuotedText(const std::string& value) {
  return absl::StrCat(
      "\"",
      absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\t", "\\t"}}),
      "\"");
}

std::string LeafText(const Filter& leaf, bool negated) {
  std::vector<std::string> quoted;
  for (const std::string& value : leaf.values) quoted.push_back(QuotedText(value));
  const std::string name(FieldName(leaf.field));
  if (quoted.size() == 1) return absl::StrCat(name, negated ? " != " : " = ", quoted[0]);
  return absl::StrCat(name, negated ? " NOT IN (" : " IN (", absl::StrJoin(quoted, ", "), ")");
}

void CollectFields(const Filter& filter, std::set<Field>& fields) {
  if (filter.op == Filter::Op::kIn) fields.insert(filter.field);
  for (const Filter& child : filter.children) CollectFields(child, fields);
}

}  // namespace

absl::Status BadFilter(const std::string& request_field, const std::string& fault, int position,
                       std::string_view value) {
  const std::string shown = Shown(ValidUtf8(value));
  return Invalid("BAD_FILTER", request_field,
                 absl::StrCat(request_field, ": ", fault, " at byte ", position,
                              shown.empty() ? "" : absl::StrCat(", at `", shown, "`"),
                              "; for example: ", kExample),
                 {{"position", absl::StrCat(position)}, {"value", shown}, {"example", kExample}});
}

absl::StatusOr<Filter> MakeLeaf(const FilterLeaf& leaf) {
  const auto field = FindField(leaf.name);
  if (!field.has_value() && IsNotServedYet(leaf.name)) {
    return NotServed(leaf.request_field, std::string(leaf.name));
  }
  if (!field.has_value()) {
    const std::string closest = ClosestName(leaf.name, FieldNames());
    const std::string shown = Shown(ValidUtf8(leaf.name));
    return Invalid(
        "UNKNOWN_DIMENSION", leaf.request_field,
        absl::StrCat(leaf.request_field, ": `", shown,
                     "` is not a dimension that can be filtered by; closest: `", closest, "`"),
        {{"name", shown}, {"closest", closest}, {"position", absl::StrCat(leaf.position)}});
  }
  Filter filter{.op = Filter::Op::kIn, .children = {}, .field = *field, .values = {}};
  for (const std::string& value : leaf.values) {
    const auto normal = NormalValue(*field, value);
    if (!normal.ok()) {
      return BadFilter(leaf.request_field, std::string(ToStd(normal.status().message())),
                       leaf.position, value);
    }
    filter.values.push_back(*normal);
  }
  return filter;
}

absl::StatusOr<Filter> FilterFromProto(const v1::FilterExpression& expression) {
  return TreeReader().Read(expression, 0);
}

std::string FilterText(const Filter& filter) {
  switch (filter.op) {
    case Filter::Op::kIn:
      return LeafText(filter, false);
    case Filter::Op::kNot: {
      const Filter& child = filter.children.front();
      if (child.op == Filter::Op::kIn) return LeafText(child, true);
      return absl::StrCat("NOT (", FilterText(child), ")");
    }
    case Filter::Op::kAnd:
    case Filter::Op::kOr:
      break;
  }
  std::vector<std::string> parts;
  for (const Filter& child : filter.children) {
    const bool is_leaf = child.op == Filter::Op::kIn || child.op == Filter::Op::kNot;
    parts.push_back(is_leaf ? FilterText(child) : absl::StrCat("(", FilterText(child), ")"));
  }
  return absl::StrJoin(parts, filter.op == Filter::Op::kAnd ? " AND " : " OR ");
}

std::vector<Field> FilterFields(const Filter& filter) {
  std::set<Field> fields;
  CollectFields(filter, fields);
  return {fields.begin(), fields.end()};
}

}  // namespace playhead::query
