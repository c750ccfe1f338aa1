#include "tools/arguments.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

using testing::ElementsAre;

constexpr OptionSpec kSpecs[] = {{"metrics"}, {"limit"}, {"totals", false}};

absl::StatusOr<Arguments> Parse(std::vector<std::string> words) {
  return Arguments::Parse(words, kSpecs);
}

TEST(ArgumentsTest, TakesBothFormsOfAValueAndFlagsAndTheRest) {
  const auto arguments =
      Parse({"a", "--metrics", "plays", "--limit=5", "--totals", "b", "--", "--c"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->Get("metrics"), "plays");
  EXPECT_EQ(arguments->Get("limit"), "5");
  EXPECT_TRUE(arguments->Has("totals"));
  EXPECT_THAT(arguments->positional(), ElementsAre("a", "b", "--c"));
}

TEST(ArgumentsTest, KeepsEqualsSignsAndEmptyTextsInAValue) {
  EXPECT_EQ(Parse({"--metrics=a=b"})->Get("metrics"), "a=b");
  EXPECT_EQ(Parse({"--metrics="})->Get("metrics"), "");
  EXPECT_EQ(Parse({"--metrics", "--totals"})->Get("metrics"), "--totals");
}

TEST(ArgumentsTest, RefusesWhatItDoesNotKnowAndNamesTheNearest) {
  const struct {
    std::vector<std::string> words;
    const char* message;
  } cases[] = {{{"--metric", "plays"}, "unknown option --metric; closest: --metrics"},
               {{"--tot"}, "unknown option --tot; closest: --totals"},
               {{"--metrics"}, "--metrics needs a value"},
               {{"--totals=1"}, "--totals takes no value"},
               {{"--limit", "1", "--limit", "2"}, "--limit is given twice"}};
  for (const auto& tested : cases)
    EXPECT_EQ(Parse(tested.words).status().message(), tested.message);
}

TEST(ArgumentsTest, ReadsWholeNumbersWithinTheirBounds) {
  EXPECT_EQ(Parse({})->GetInteger("limit", 7, 1, 10).value(), 7);
  EXPECT_EQ(Parse({"--limit", "1"})->GetInteger("limit", 7, 1, 10).value(), 1);
  EXPECT_EQ(Parse({"--limit", "10"})->GetInteger("limit", 7, 1, 10).value(), 10);
  for (const char* bad : {"0", "11", "-1", "", "x", "1.5", "99999999999999999999"}) {
    const auto value = Parse({"--limit", bad})->GetInteger("limit", 7, 1, 10);
    EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(SplitListTest, DropsSpacesAndEmptyWords) {
  EXPECT_THAT(SplitList(" plays, play_time ,,"), ElementsAre("plays", "play_time"));
  EXPECT_THAT(SplitList(""), ElementsAre());
}

}  // namespace
}  // namespace playhead::tools
