#include "tools/display.h"

#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

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

TEST(ShortenTest, LosesTheMiddle) {
  const struct {
    const char* text;
    int width;
    const char* shortened;
  } cases[] = {{"abcdef", 6, "abcdef"},
               {"abcdefg", 6, "abc…fg"},
               {"abcdefg", 1, "…"},
               {"abc", 0, ""},
               {"日本日本", 7, "日…本"},
               {"日本日本", 6, "日…本"},
               {"www.example.com/watch/0_a", 12, "www.ex…h/0_a"}};
  for (const auto& tested : cases) {
    EXPECT_EQ(Shorten(tested.text, tested.width), tested.shortened) << tested.text;
    EXPECT_LE(DisplayWidth(Shorten(tested.text, tested.width)), tested.width);
  }
}

TEST(GroupedTest, SeparatesThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(-100), "-100");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace playhead::tools
