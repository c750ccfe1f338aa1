#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "playhead/v1/reporting.pb.h"

namespace playhead::tools {

// InvalidArgument: the report is not one metric by one dimension; says what it has instead.
absl::Status CheckChart(const v1::RunReportRequest& request);

// The answer to such a report, drawn for a terminal of `width` columns (0: 80): by time as ten
// lines of blocks over an axis, where several buckets share a column by their maximum; by anything
// else as one bar per row. Internal: the answer has other columns, or an instant that cannot be
// read.
absl::StatusOr<std::string> FormatChart(const v1::RunReportResponse& response, int width);

}  // namespace playhead::tools
