#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "playhead/v1/reporting.pb.h"
#include "services/query/report_query.h"
#include "tests/query/test_store.h"

namespace playhead::query {

// Rows by their dimensions' texts; metrics as texts.
using OracleRows = std::map<std::vector<std::string>, std::vector<std::string>>;

// The report computed from single events, without SQL. Texts as ShowValue.
OracleRows RowsOf(const std::vector<TestEvent>& events, const ReportQuery& query);
// The metrics over all rows.
std::vector<std::string> TotalsOf(const std::vector<TestEvent>& events, const ReportQuery& query);

// A value as text; doubles rounded to 9 digits, nulls by their reason.
std::string ShowValue(const v1::Value& value);
// The rows of a response in the oracle's form.
OracleRows RowsOf(const v1::RunReportResponse& response, std::size_t dimensions);

}  // namespace playhead::query
