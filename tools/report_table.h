#pragma once

#include <string>

#include "playhead/v1/reporting.pb.h"
#include "tools/table.h"

namespace playhead::tools {

// The rows of a response, with its totals where it has any. Values that are missing or null are
// empty cells.
Table MakeTable(const v1::RunReportResponse& response);

// One line per warning: code, message, suggestion.
std::string WarningLine(const v1::Warning& warning);

}  // namespace playhead::tools
