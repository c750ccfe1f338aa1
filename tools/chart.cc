#include "tools/chart.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/status_macros.h"
#include "tools/bar_chart.h"
#include "tools/time_chart.h"

namespace playhead::tools {
namespace {

constexpr int kUsualWidth = 80;
constexpr int kLeastWidth = 40;

struct Bucket {
  std::string_view dimension;
  absl::Duration longest;
};
// Where clocks change, a day has up to 27 hours.
constexpr Bucket kBuckets[] = {{"ten_seconds", absl::Seconds(10)},
                               {"minute", absl::Minutes(1)},
                               {"quarter_hour", absl::Minutes(15)},
                               {"hour", absl::Hours(1)},
                               {"day", absl::Hours(27)},
                               {"week", absl::Hours(7 * 24 + 3)},
                               {"month", absl::Hours(31 * 24 + 3)},
                               {"year", absl::Hours(366 * 24 + 3)}};

absl::Duration BucketLength(const std::string& dimension) {
  const auto found = std::ranges::find(kBuckets, dimension, &Bucket::dimension);
  return found == std::end(kBuckets) ? absl::Minutes(1) : found->longest;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::optional<double> Number(const v1::Value& value) {
  if (value.has_int_value()) return static_cast<double>(value.int_value());
  if (value.has_double_value()) return value.double_value();
  return std::nullopt;
}

std::string Title(const v1::RunReportResponse& response) {
  const v1::Column& metric = response.columns(1);
  const bool has_unit = !metric.unit().empty() && metric.unit() != "count";
  return absl::StrCat(metric.name(), has_unit ? absl::StrCat(" (", metric.unit(), ")") : "", " by ",
                      response.columns(0).name());
}

// The future is not drawn.
absl::Time LastInstant(const v1::ReportMetadata& metadata, absl::Duration bucket) {
  const absl::Time end = ToTime(metadata.end_time());
  if (!metadata.has_data_through()) return end;
  return std::min(end, ToTime(metadata.data_through()) + bucket);
}

absl::StatusOr<TimeSeries> MakeSeries(const v1::RunReportResponse& response) {
  const v1::ReportMetadata& metadata = response.metadata();
  TimeSeries series;
  series.title = Title(response);
  series.bucket = BucketLength(response.columns(0).name());
  series.start = ToTime(metadata.start_time());
  series.end = std::max(LastInstant(metadata, series.bucket), series.start + series.bucket);
  if (!absl::LoadTimeZone(metadata.time_zone(), &series.zone)) series.zone = absl::UTCTimeZone();
  for (const v1::Row& row : response.rows()) {
    absl::Time time;
    std::string error;
    if (row.values_size() != 2 ||
        !absl::ParseTime(absl::RFC3339_full, row.values(0).time_value(), &time, &error)) {
      return absl::InternalError(absl::StrCat("the answer has a row without an instant: ", error));
    }
    if (const auto value = Number(row.values(1))) series.points.push_back({time, *value});
  }
  std::ranges::sort(series.points, {}, &TimePoint::time);
  return series;
}

std::vector<Bar> MakeBars(const v1::RunReportResponse& response) {
  std::vector<Bar> bars;
  for (const v1::Row& row : response.rows()) {
    if (row.values_size() != 2) continue;
    const v1::Value& name = row.values(0);
    bars.push_back({name.has_int_value() ? absl::StrCat(name.int_value()) : name.string_value(),
                    Number(row.values(1)).value_or(0)});
  }
  return bars;
}

}  // namespace

absl::Status CheckChart(const v1::RunReportRequest& request) {
  if (request.metrics_size() == 1 && request.dimensions_size() == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--format chart draws one metric by one dimension, such as --metrics views --dimensions "
      "minute; this report has --metrics ",
      absl::StrJoin(request.metrics(), ","), " and ",
      request.dimensions().empty() ? "no --dimensions"
                                   : "--dimensions " + absl::StrJoin(request.dimensions(), ",")));
}

absl::StatusOr<std::string> FormatChart(const v1::RunReportResponse& response, int width) {
  if (response.columns_size() != 2) {
    return absl::InternalError(
        absl::StrCat("the answer has ", response.columns_size(), " columns instead of 2"));
  }
  const int columns = std::max(width == 0 ? kUsualWidth : width, kLeastWidth);
  if (response.columns(0).type() != v1::Column::TIMESTAMP) {
    return FormatBars(Title(response), MakeBars(response), columns);
  }
  ASSIGN_OR_RETURN(const TimeSeries series, MakeSeries(response));
  return FormatTimeChart(series, columns);
}

}  // namespace playhead::tools
