#pragma once

#include <optional>
#include <string>
#include <vector>

#include "playhead/v1/aggregation.pb.h"
#include "services/query/plan.h"
#include "services/query/report_query.h"
#include "services/query/rollup_reader.h"

namespace playhead::query {

// Everything that the statements of one report follow from. What it points to must outlive it.
struct SqlInput {
  const ReportQuery& query;
  const Plan& plan;
  const SnapshotState& state;
  // What was asked of the tail, and the segments of the answer that count.
  const v1::ReadTailRequest& tail_request;
  const std::vector<const v1::TailSegment*>& tail;
};

// The rows of one page, in order, one more than its size where there are more: dimensions (a time
// dimension as the number of its bucket, from 1), then metrics, as text. `after`: the last row of
// the page before, such a row itself.
Statement ReportStatement(const SqlInput& input, const std::optional<SqlRow>& after);

// One row: the metrics over all rows.
Statement TotalsStatement(const SqlInput& input);

// One row: the number of rows of all pages.
Statement CountStatement(const SqlInput& input);

}  // namespace playhead::query
