#include "tools/table.h"

#include <algorithm>

#include "gtest/gtest.h"
#include "tools/display.h"

namespace playhead::tools {
namespace {

using std::int64_t;

Table ExampleTable() {
  return {.columns = {{.name = "entry", .unit = "", .is_number = false},
                      {.name = "plays", .unit = "", .is_number = true},
                      {.name = "play_time", .unit = "s", .is_number = true}},
          .rows = {{"0_a", int64_t{12}, 50.96}, {"日本é", int64_t{3}, std::monostate()}},
          .totals = {std::monostate(), int64_t{15}, 50.96}};
}

TEST(FormatTableTest, AlignsNumbersToTheRightAndShowsUnitsAndTotals) {
  EXPECT_EQ(FormatTable(ExampleTable()),
            "entry  plays  play_time (s)\n"
            "-----  -----  -------------\n"
            "0_a       12          50.96\n"
            "日本é      3              -\n"
            "-----  -----  -------------\n"
            "total     15          50.96\n");
}

TEST(FormatTableTest, ShowsTheHeaderWithoutRows) {
  const Table table{
      .columns = {{.name = "plays", .unit = "", .is_number = true}}, .rows = {}, .totals = {}};
  EXPECT_EQ(FormatTable(table), "plays\n");
}

TEST(FormatTableTest, WritesNumbersWithoutBinaryNoise) {
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {0.1 + 0.2, "0.3"}, {-0.0, "0"}, {1e12, "1000000000000"}, {2.5, "2.5"}, {100, "100"}};
  for (const auto& tested : cases) {
    const Table table{.columns = {{.name = "x", .unit = "", .is_number = true}},
                      .rows = {{tested.value}},
                      .totals = {}};
    EXPECT_EQ(FormatCsv(table), std::string("x\r\n") + tested.text + "\r\n");
  }
}

TEST(FormatCsvTest, QuotesAsRfc4180AndDisarmsFormulas) {
  const struct {
    const char* value;
    const char* text;
  } cases[] = {{"plain", "plain"},
               {"", ""},
               {"a,b", "\"a,b\""},
               {"say \"x\"", "\"say \"\"x\"\"\""},
               {"two\nlines", "\"two\nlines\""},
               {"=1+1", "'=1+1"},
               {"+1", "'+1"},
               {"-1", "'-1"},
               {"@x", "'@x"},
               {"\tx", "'\tx"},
               {"\rx", "\"'\rx\""},
               {"a=1", "a=1"}};
  for (const auto& tested : cases) {
    const Table table{.columns = {{.name = "x", .unit = "", .is_number = false}},
                      .rows = {{std::string(tested.value)}},
                      .totals = {}};
    EXPECT_EQ(FormatCsv(table), std::string("x\r\n") + tested.text + "\r\n");
  }
}

TEST(FormatCsvTest, LeavesNegativeNumbersAlone) {
  const Table table{.columns = {{.name = "x", .unit = "", .is_number = true}},
                    .rows = {{int64_t{-5}}, {std::monostate()}},
                    .totals = {}};
  EXPECT_EQ(FormatCsv(table), "x\r\n-5\r\n\r\n");
}

TEST(ToJsonTest, NamesEveryValue) {
  EXPECT_EQ(
      ToJson(ExampleTable()).dump(),
      R"({"columns":[{"name":"entry","unit":""},{"name":"plays","unit":""},)"
      R"({"name":"play_time","unit":"s"}],"rows":[{"entry":"0_a","plays":12,"play_time":50.96},)"
      R"({"entry":"日本é","plays":3,"play_time":null}],)"
      R"("totals":{"entry":null,"plays":15,"play_time":50.96}})");
}

// Of lines without their padding.
int WidestLine(const std::string& text) {
  int widest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    widest = std::max(widest, DisplayWidth(text.substr(at, end - at)));
    at = end + 1;
  }
  return widest;
}

Table WideTable() {
  return {.columns = {{.name = "entry", .unit = "", .is_number = false, .can_shorten = true},
                      {.name = "page", .unit = "", .is_number = false, .can_shorten = true},
                      {.name = "unique_viewers", .unit = "", .is_number = true},
                      {.name = "play_time", .unit = "s", .is_number = true}},
          .rows = {{"0_a", "www.example.com/watch/0_a_long_one", int64_t{1200}, 54321.125},
                   {"", "www.example.com/b", int64_t{3}, 0.5}},
          .totals = {}};
}

TEST(FormatTableTest, IsAsWideAsItGetsWithoutAWidth) {
  EXPECT_EQ(FormatTable(WideTable()),
            "entry      page                                unique_viewers  play_time (s)\n"
            "---------  ----------------------------------  --------------  -------------\n"
            "0_a        www.example.com/watch/0_a_long_one           1,200       54,321.1\n"
            "(unknown)  www.example.com/b                                3            0.5\n");
  EXPECT_EQ(FormatTable(WideTable(), 76), FormatTable(WideTable()));
}

TEST(FormatTableTest, WrapsHeadersBeforeItShortensTexts) {
  EXPECT_EQ(FormatTable(WideTable(), 66),
            "                                                unique_  play_time\n"
            "entry      page                                 viewers        (s)\n"
            "---------  ----------------------------------  --------  ---------\n"
            "0_a        www.example.com/watch/0_a_long_one     1,200   54,321.1\n"
            "(unknown)  www.example.com/b                          3        0.5\n");
  EXPECT_EQ(FormatTable(WideTable(), 50),
            "                                 unique_     play_\n"
            "entry      page                  viewers  time (s)\n"
            "---------  --------------------  -------  --------\n"
            "0_a        www.exampl…_long_one    1,200  54,321.1\n"
            "(unknown)  www.example.com/b           3       0.5\n");
}

TEST(FormatTableTest, NumbersThatDoNotFitFollowInAFurtherTable) {
  EXPECT_EQ(FormatTable(WideTable(), 40),
            "                             unique_\n"
            "entry      page              viewers\n"
            "---------  ----------------  -------\n"
            "0_a        www.exam…ong_one    1,200\n"
            "(unknown)  www.exam…e.com/b        3\n"
            "\n"
            "                                play_\n"
            "entry      page              time (s)\n"
            "---------  ----------------  --------\n"
            "0_a        www.exam…ong_one  54,321.1\n"
            "(unknown)  www.exam…e.com/b       0.5\n");
}

TEST(FormatTableTest, FitsEveryWidthThatHoldsItsNarrowestColumns) {
  for (int width = 40; width < 100; ++width) {
    EXPECT_LE(WidestLine(FormatTable(WideTable(), width)), width);
  }
}

TEST(FormatTableTest, GroupsNumbersButNotNames) {
  const Table table{.columns = {{.name = "partner", .unit = "", .is_number = false},
                                {.name = "plays", .unit = "", .is_number = true}},
                    .rows = {{int64_t{47110}, int64_t{12345}}},
                    .totals = {}};
  EXPECT_EQ(FormatTable(table), "partner   plays\n-------  ------\n47110    12,345\n");
}

TEST(FormatTableTest, RoundsTheNumbersOfAColumnAlike) {
  const struct {
    std::vector<double> values;
    const char* text;
  } cases[] = {{{50.96, 7}, "    x\n-----\n50.96\n 7.00\n"},
               {{1234567.891, 0.25}, "          x\n-----------\n1,234,567.9\n        0.2\n"},
               {{1.0 / 3, 0}, "     x\n------\n0.3333\n0.0000\n"},
               {{999.9996, -12}, "        x\n---------\n1,000.000\n  -12.000\n"},
               {{5, 100}, "  x\n---\n  5\n100\n"}};
  for (const auto& tested : cases) {
    Table table{
        .columns = {{.name = "x", .unit = "", .is_number = true}}, .rows = {}, .totals = {}};
    for (const double value : tested.values) table.rows.push_back({value});
    EXPECT_EQ(FormatTable(table), tested.text);
  }
}

}  // namespace
}  // namespace playhead::tools
