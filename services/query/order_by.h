#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/query/report_query.h"

namespace playhead::query {

// The order of a report whose dimensions and metrics are resolved; grammar and default are in
// reporting.proto. INVALID_ARGUMENT: BAD_ORDER, or UNKNOWN_METRIC for a name that is not a column
// of the report.
absl::StatusOr<std::vector<OrderKey>> ParseOrderBy(const std::string& text,
                                                   const ReportQuery& query);

}  // namespace playhead::query
