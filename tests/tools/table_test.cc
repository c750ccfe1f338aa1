#include "tools/table.h"

#include "gtest/gtest.h"

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

TEST(DisplayWidthTest, CountsColumnsOfATerminal) {
  const struct {
    const char* text;
    int width;
  } cases[] = {{"", 0},     {"abc", 3}, {"é", 1},    {"e\u0301", 1},
               {"日本", 4}, {"👍", 2},   {"\xff", 1}, {"a\xe6", 2}};
  for (const auto& tested : cases)
    EXPECT_EQ(DisplayWidth(tested.text), tested.width) << tested.text;
}

TEST(PrintableTest, ReplacesWhatCouldSteerATerminal) {
  EXPECT_EQ(Printable("\x1b[31mred"), "\uFFFD[31mred");
  EXPECT_EQ(Printable("a\nb\x7f\u0085\u202e"), "a\uFFFDb\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(Printable("\xc0\xafx\xed\xa0\x80"), "\uFFFD\uFFFDx\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(Printable("日本 ok"), "日本 ok");
}

}  // namespace
}  // namespace playhead::tools
