#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "playhead/v1/reporting.pb.h"
#include "tools/arguments.h"

namespace playhead::tools {

// Options of a report, besides those of its output.
std::span<const OptionSpec> ReportOptions();

// The request that the options ask for, without a page. InvalidArgument: an option is missing,
// contradicts another or has no such form. What names mean is left to the service.
absl::StatusOr<v1::RunReportRequest> MakeReportRequest(const Arguments& arguments);

}  // namespace playhead::tools
