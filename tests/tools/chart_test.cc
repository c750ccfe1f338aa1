#include "tools/chart.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/bar_chart.h"
#include "tools/display.h"
#include "tools/time_chart.h"

namespace playhead::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr absl::Time kStart = absl::FromUnixSeconds(1'763'805'600);  // 2025-11-22 10:00 UTC

TimeSeries Minutes(int count, std::vector<TimePoint> points) {
  return {.title = "views by minute",
          .start = kStart,
          .end = kStart + absl::Minutes(count),
          .zone = absl::UTCTimeZone(),
          .bucket = absl::Minutes(1),
          .points = std::move(points)};
}

TEST(ResampleTest, TakesTheMaximumOfWhatSharesAColumn) {
  const auto at = [](int minute, double value) {
    return TimePoint{kStart + absl::Minutes(minute), value};
  };
  EXPECT_THAT(Resample(Minutes(6, {at(0, 1), at(1, 5), at(2, 2), at(5, 3)}), 3),
              ElementsAre(5, 2, 3));
  EXPECT_THAT(Resample(Minutes(3, {at(0, 1), at(2, 2)}), 6), ElementsAre(1, 1, 0, 0, 2, 2));
  EXPECT_THAT(Resample(Minutes(3, {}), 2), ElementsAre(0, 0));
}

TEST(ResampleTest, ABucketLastsUntilTheNextOne) {
  TimeSeries days = Minutes(3 * 24 * 60, {{kStart, 1}, {kStart + absl::Hours(24), 2}});
  days.bucket = absl::Hours(27);
  EXPECT_THAT(Resample(days, 3), ElementsAre(1, 2, 2));
  EXPECT_THAT(Resample(days, 6), ElementsAre(1, 1, 2, 2, 2, 0));
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  lines.pop_back();
  return lines;
}

TEST(FormatTimeChartTest, DrawsTenLinesOverAnAxisWithTimes) {
  std::vector<TimePoint> points;
  for (int minute = 0; minute < 34; ++minute) {
    points.push_back({kStart + absl::Minutes(minute), static_cast<double>(minute * 60)});
  }
  const auto lines = Lines(FormatTimeChart(Minutes(34, points), 41));
  ASSERT_EQ(lines.size(), 14U);
  EXPECT_EQ(lines[0], "views by minute, at most 1,980 (Nov 22 10:33)");
  EXPECT_EQ(lines[1], "1,980 ┤                              ▁▃▆█");
  EXPECT_EQ(lines[10], "      │ ▂▅▇██████████████████████████████");
  EXPECT_EQ(lines[11], "    0 └┬─────────┬─────────┬─────────┬───");
  EXPECT_EQ(lines[12], "       10:00   10:10     10:20     10:30");
  EXPECT_EQ(lines[13], "2025-11-22 10:00 to 2025-11-22 10:34 UTC");
}

TEST(FormatTimeChartTest, FitsEveryWidthAndSpan) {
  absl::TimeZone zone;
  ASSERT_TRUE(absl::LoadTimeZone("America/New_York", &zone));
  for (const int minutes : {1, 10, 90, 600, 3000, 20'000, 900'000, 3'000'000}) {
    TimeSeries series = Minutes(minutes, {{kStart + absl::Minutes(minutes / 2), 7}});
    series.zone = zone;
    for (const int width : {40, 80, 81, 200}) {
      for (const std::string& line : Lines(FormatTimeChart(series, width))) {
        EXPECT_LE(DisplayWidth(line), std::max(width, 60)) << line;
      }
    }
  }
}

TEST(FormatTimeChartTest, SaysThatThereIsNothing) {
  EXPECT_EQ(FormatTimeChart(Minutes(10, {}), 80),
            "views by minute: nothing in 2025-11-22 10:00 to 2025-11-22 10:10 UTC\n");
}

TEST(FormatBarsTest, DrawsOneLinePerRow) {
  EXPECT_EQ(FormatBars("plays by country", {{"FR", 1600}, {"DE", 800}, {"", 1}, {"ES", 0}}, 40),
            "plays by country\n"
            "FR         1,600  ██████████████████████\n"
            "DE           800  ███████████\n"
            "(unknown)      1  ▏\n"
            "ES             0  \n");
  EXPECT_EQ(FormatBars("plays by country", {}, 40), "plays by country: nothing in this range\n");
}

v1::RunReportResponse Response(v1::Column::Type type) {
  v1::RunReportResponse response;
  auto& dimension = *response.add_columns();
  dimension.set_name(type == v1::Column::TIMESTAMP ? "minute" : "country");
  dimension.set_type(type);
  auto& metric = *response.add_columns();
  metric.set_name("play_time");
  metric.set_unit("s");
  metric.set_type(v1::Column::DOUBLE);
  auto& metadata = *response.mutable_metadata();
  metadata.mutable_start_time()->set_seconds(absl::ToUnixSeconds(kStart));
  metadata.mutable_end_time()->set_seconds(absl::ToUnixSeconds(kStart) + 86'400);
  metadata.mutable_data_through()->set_seconds(absl::ToUnixSeconds(kStart) + 1140);
  metadata.set_time_zone("Europe/Paris");
  return response;
}

TEST(FormatChartTest, DrawsTheReportInItsZoneAndNotTheFuture) {
  auto response = Response(v1::Column::TIMESTAMP);
  auto& row = *response.add_rows();
  row.add_values()->set_time_value("2025-11-22T11:05:00+01:00");
  row.add_values()->set_double_value(2.5);
  const auto text = FormatChart(response, 80);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr("play_time (s) by minute, at most 2.5 (Nov 22 11:05)"));
  EXPECT_THAT(*text, HasSubstr("2025-11-22 11:00 to 2025-11-22 11:20 Europe/Paris"));
}

TEST(FormatChartTest, DrawsBarsOfTexts) {
  auto response = Response(v1::Column::STRING);
  auto& row = *response.add_rows();
  row.add_values()->set_string_value("FR");
  row.add_values()->set_double_value(2.5);
  EXPECT_THAT(FormatChart(response, 0).value(), HasSubstr("FR  2.5  ████"));
}

TEST(FormatChartTest, RefusesAnAnswerThatIsNoChart) {
  auto response = Response(v1::Column::TIMESTAMP);
  auto& row = *response.add_rows();
  row.add_values()->set_time_value("noon");
  row.add_values()->set_double_value(1);
  EXPECT_FALSE(FormatChart(response, 80).ok());
  response.add_columns();
  EXPECT_FALSE(FormatChart(response, 80).ok());
}

TEST(CheckChartTest, NamesWhatTheReportHasInstead) {
  v1::RunReportRequest request;
  request.add_metrics("plays");
  EXPECT_THAT(CheckChart(request).ToString(), HasSubstr("has --metrics plays and no --dimensions"));
  request.add_dimensions("minute");
  EXPECT_TRUE(CheckChart(request).ok());
  request.add_metrics("views");
  EXPECT_THAT(CheckChart(request).ToString(),
              HasSubstr("has --metrics plays,views and --dimensions minute"));
}

}  // namespace
}  // namespace playhead::tools
