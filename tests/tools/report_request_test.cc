#include "tools/report_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

using testing::ElementsAre;

absl::StatusOr<v1::RunReportRequest> Make(std::vector<std::string> words) {
  const auto arguments = Arguments::Parse(words, ReportOptions());
  if (!arguments.ok()) return arguments.status();
  return MakeReportRequest(*arguments);
}

TEST(MakeReportRequestTest, FillsEveryField) {
  const auto request = Make({"--partner", "4711", "--metrics", "plays, play_time", "--dimensions",
                             "entry,day", "--from", "2026-11-22T18:00:00+01:00", "--to",
                             "2026-11-22T18:30:00Z", "--time-zone", "Europe/Paris", "--filter",
                             "country = \"FR\"", "--order-by", "plays desc", "--totals"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->partner_id(), 4711);
  EXPECT_FALSE(request->all_partners());
  EXPECT_THAT(request->metrics(), ElementsAre("plays", "play_time"));
  EXPECT_THAT(request->dimensions(), ElementsAre("entry", "day"));
  EXPECT_EQ(request->time_range().start_time().seconds(), 1795366800);
  EXPECT_EQ(request->time_range().end_time().seconds(), 1795372200);
  EXPECT_EQ(request->time_zone(), "Europe/Paris");
  EXPECT_EQ(request->filter_string(), "country = \"FR\"");
  EXPECT_EQ(request->order_by(), "plays desc");
  EXPECT_TRUE(request->totals());
}

TEST(MakeReportRequestTest, AsksForSevenDaysByDefault) {
  EXPECT_EQ(Make({"--partner", "1", "--metrics", "plays"})->time_range().relative(), "7d");
}

TEST(MakeReportRequestTest, TakesRelativeRangesAndDatesAsTheyAre) {
  EXPECT_EQ(
      Make({"--all-partners", "--metrics", "plays", "--range", "10m"})->time_range().relative(),
      "10m");
  const auto dates = Make({"--all-partners", "--metrics", "plays", "--from-date", "2026-11-01",
                           "--to-date", "2026-11-30"});
  EXPECT_EQ(dates->time_range().start_date(), "2026-11-01");
  EXPECT_EQ(dates->time_range().end_date(), "2026-11-30");
  EXPECT_TRUE(dates->all_partners());
}

TEST(MakeReportRequestTest, SaysWhichOptionIsWrong) {
  const struct {
    std::vector<std::string> words;
    const char* message;
  } cases[] = {
      {{"--metrics", "plays"}, "--partner"},
      {{"--partner", "1", "--all-partners", "--metrics", "plays"}, "--partner"},
      {{"--partner", "0", "--metrics", "plays"}, "--partner 0"},
      {{"--partner", "2147483648", "--metrics", "plays"}, "--partner"},
      {{"--partner", "1"}, "--metrics"},
      {{"--partner", "1", "--metrics", " , "}, "--metrics"},
      {{"--partner", "1", "--metrics", "plays", "--from", "2026-11-22T18:00:00Z"}, "go together"},
      {{"--partner", "1", "--metrics", "plays", "--from", "x", "--to", "y"}, "--from x"},
      {{"--partner", "1", "--metrics", "plays", "--to-date", "2026-11-22"}, "go together"},
      {{"--partner", "1", "--metrics", "plays", "--range", "1d", "--to-date", "2026-11-22"},
       "give one"},
  };
  for (const auto& tested : cases) {
    const auto request = Make(tested.words);
    EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(request.status().message()), testing::HasSubstr(tested.message));
  }
}

}  // namespace
}  // namespace playhead::tools
