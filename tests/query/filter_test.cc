#include "services/query/filter.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/query/error_info.h"

namespace playhead::query {
namespace {

using ::testing::HasSubstr;

struct Good {
  std::string text;
  std::string canonical;
};

TEST(FilterTest, ReadsTheGrammar) {
  const std::vector<Good> cases = {
      {R"(country = "FR")", R"(country = "FR")"},
      {R"(country='FR')", R"(country = "FR")"},
      {R"(country = "France")", R"(country = "FR")"},
      {R"(country = "fr")", R"(country = "FR")"},
      {R"(country IN ("united states", "VIET NAM", "Vietnam", "Türkiye"))",
       R"(country IN ("US", "VN", "VN", "TR"))"},
      {R"(country = "Atlantis")", R"(country = "Atlantis")"},
      {R"(city = "France")", R"(city = "France")"},
      {R"(location.country != "FR")", R"(country != "FR")"},
      {R"(entry IN ("a","b") )", R"(entry IN ("a", "b"))"},
      {R"(entry not in ('a'))", R"(entry != "a")"},
      {R"(a = "x")", ""},
      {R"(country = "FR" and device = "tv" OR entry = "e")",
       R"((country = "FR" AND device = "tv") OR entry = "e")"},
      {R"(country = "FR" AND (device = "tv" or entry = "e"))",
       R"(country = "FR" AND (device = "tv" OR entry = "e"))"},
      {R"(NOT country = "FR")", R"(country != "FR")"},
      {R"(not (country = "FR" AND NOT entry = "e"))", R"(NOT (country = "FR" AND entry != "e"))"},
      {R"(city = "a\"b\\c\n\t\'")", "city = \"a\\\"b\\\\c\\n\\t'\""},
      {"partner = 4711", R"(partner = "4711")"},
      {"event_type IN (shareClicked)", ""},
      {R"(event_type IN ("shareClicked", 3, "10002"))", R"(event_type IN ("21", "3", "10002"))"},
      {R"(country = "")", R"(country = "")"},
  };
  for (const Good& c : cases) {
    const auto filter = ParseFilter(c.text);
    if (c.canonical.empty()) {
      EXPECT_FALSE(filter.ok()) << c.text;
      continue;
    }
    ASSERT_TRUE(filter.ok()) << c.text << ": " << filter.status();
    EXPECT_EQ(FilterText(*filter), c.canonical);
  }
}

struct Bad {
  std::string text;
  std::string reason;
  int position;
  std::string says;
};

TEST(FilterTest, SaysWhatIsWrongAndWhere) {
  const std::vector<Bad> cases = {
      {"", "BAD_FILTER", 0, "expected a dimension"},
      {"country", "BAD_FILTER", 7, "expected =, !=, IN or NOT IN"},
      {"country = ", "BAD_FILTER", 10, "expected a value"},
      {"country = FR", "BAD_FILTER", 10, "in quotes"},
      {"country = \"FR", "BAD_FILTER", 10, "not closed"},
      {"country = \"F\\x\"", "BAD_FILTER", 13, "escape"},
      {"country < \"FR\"", "BAD_FILTER", 8, "operator"},
      {"country = \"FR\" device = \"tv\"", "BAD_FILTER", 15, "expected AND, OR or the end"},
      {"country = \"FR\" AND", "BAD_FILTER", 18, "expected a dimension"},
      {"(country = \"FR\"", "BAD_FILTER", 15, "expected )"},
      {"country = \"FR\")", "BAD_FILTER", 14, "expected AND"},
      {"country IN ()", "BAD_FILTER", 12, "expected a value"},
      {"country IN (\"a\" \"b\")", "BAD_FILTER", 16, "expected , or )"},
      {"country NOT = \"a\"", "BAD_FILTER", 12, "expected IN"},
      {"entry = 0_abc", "BAD_FILTER", 8, "needs quotes"},
      {"contry = \"FR\"", "UNKNOWN_DIMENSION", 0, "`country`"},
      {"day = \"2026-01-01\"", "UNKNOWN_DIMENSION", 0, "closest"},
      {"partner = \"x\"", "BAD_FILTER", 0, "whole number"},
      {"event_type = \"nothing\"", "BAD_FILTER", 0, "event type"},
      {std::string("country = \"a\0b\"", 15), "BAD_FILTER", 0, "NUL"},
  };
  for (const Bad& c : cases) {
    const auto filter = ParseFilter(c.text);
    ASSERT_FALSE(filter.ok()) << c.text;
    const auto info = InfoOf(filter.status());
    EXPECT_EQ(info.reason(), c.reason) << c.text;
    EXPECT_EQ(info.metadata().at("position"), absl::StrCat(c.position)) << c.text;
    EXPECT_THAT(std::string(filter.status().message()), HasSubstr(c.says)) << c.text;
    EXPECT_EQ(info.metadata().count("example"), c.reason == "BAD_FILTER" ? 1U : 0U);
  }
}

std::string Nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '(') + "city = \"x\"" +
         std::string(static_cast<std::size_t>(depth), ')');
}
std::string Negations(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "NOT ";
  return text + "city = \"x\"";
}
std::string Values(int count) {
  std::string text = "city IN (1";
  for (int i = 1; i < count; ++i) absl::StrAppend(&text, ",", i);
  return text + ")";
}

TEST(FilterTest, HoldsItsLimits) {
  EXPECT_TRUE(ParseFilter(Nested(kMaxFilterDepth)).ok());
  EXPECT_FALSE(ParseFilter(Nested(kMaxFilterDepth + 1)).ok());
  EXPECT_TRUE(ParseFilter(Negations(kMaxFilterDepth)).ok());
  EXPECT_FALSE(ParseFilter(Negations(kMaxFilterDepth + 1)).ok());
  EXPECT_TRUE(ParseFilter(Values(kMaxFilterValues)).ok());
  EXPECT_FALSE(ParseFilter(Values(kMaxFilterValues + 1)).ok());
  const std::string longest = "city = \"" + std::string(kMaxFilterBytes - 9, 'x') + "\"";
  EXPECT_TRUE(ParseFilter(longest).ok());
  EXPECT_FALSE(ParseFilter(longest + " ").ok());
}

Filter RandomFilter(std::mt19937& random, int depth) {
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const int kind = depth == 0 ? 3 : below(4);
  if (kind == 3) {
    Filter leaf;
    leaf.field = *FindField(below(2) == 0 ? "city" : "page");
    const std::string alphabet = "aB \"\\'\n\t(),=é";
    for (int i = below(3); i >= 0; --i) {
      std::string value;
      for (int n = below(6); n > 0; --n) {
        value.push_back(alphabet[static_cast<std::size_t>(below(12))]);
      }
      leaf.values.push_back(value);
    }
    return leaf;
  }
  Filter filter;
  filter.op = static_cast<Filter::Op>(kind);
  const int children = filter.op == Filter::Op::kNot ? 1 : 2 + below(2);
  for (int i = 0; i < children; ++i) filter.children.push_back(RandomFilter(random, depth - 1));
  return filter;
}

TEST(FilterTest, ReadsBackWhatItWrites) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const Filter filter = RandomFilter(random, 4);
    const auto read = ParseFilter(FilterText(filter));
    ASSERT_TRUE(read.ok()) << FilterText(filter) << ": " << read.status();
    ASSERT_EQ(*read, filter) << FilterText(filter);
  }
}

v1::FilterExpression Leaf(std::string field, v1::FieldFilter::Operator op,
                          std::vector<std::string> values) {
  v1::FilterExpression expression;
  expression.mutable_filter()->set_field(std::move(field));
  expression.mutable_filter()->set_op(op);
  for (std::string& value : values) expression.mutable_filter()->add_values(std::move(value));
  return expression;
}

TEST(FilterTest, ReadsTheTreeIntoTheSameForm) {
  v1::FilterExpression tree;
  *tree.mutable_and_group()->add_expressions() = Leaf("country", v1::FieldFilter::EQ, {"FR"});
  auto& negation = *tree.mutable_and_group()->add_expressions()->mutable_not_expression();
  *negation.mutable_or_group()->add_expressions() =
      Leaf("device", v1::FieldFilter::IN, {"tv", "console"});
  *negation.mutable_or_group()->add_expressions() = Leaf("entry", v1::FieldFilter::NE, {"e"});
  const auto filter = FilterFromProto(tree);
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(FilterText(*filter),
            R"(country = "FR" AND NOT (device IN ("tv", "console") OR entry != "e"))");
}

TEST(FilterTest, RefusesTreesThatItCannotServe) {
  EXPECT_EQ(InfoOf(FilterFromProto({}).status()).reason(), "BAD_FILTER");
  EXPECT_EQ(InfoOf(FilterFromProto(Leaf("city", v1::FieldFilter::EQ, {})).status()).reason(),
            "BAD_FILTER");
  EXPECT_EQ(
      InfoOf(FilterFromProto(Leaf("city", v1::FieldFilter::NE, {"a", "b"})).status()).reason(),
      "BAD_FILTER");
  const auto status = FilterFromProto(Leaf("city", v1::FieldFilter::PREFIX, {"a"})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(InfoOf(status).metadata().at("value"), "PREFIX");
  v1::FilterExpression deep = Leaf("city", v1::FieldFilter::EQ, {"a"});
  for (int i = 0; i <= kMaxFilterDepth; ++i) {
    v1::FilterExpression outer;
    *outer.mutable_not_expression() = deep;
    deep = outer;
  }
  EXPECT_EQ(InfoOf(FilterFromProto(deep).status()).reason(), "BAD_FILTER");
}

TEST(FilterTest, NamesEachFieldOnce) {
  const auto filter = ParseFilter(R"(city = "a" OR entry = "b" AND NOT city = "c")");
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(FilterFields(*filter).size(), 2U);
}

}  // namespace
}  // namespace playhead::query
