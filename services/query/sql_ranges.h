#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "services/query/plan.h"
#include "services/query/sql_writer.h"

namespace playhead::query {

// The regions of these tiers, in order.
std::vector<Range> RangesOf(const std::vector<Region>& regions, std::initializer_list<Tier> tiers);

// From the start of the first to the end of the last; there is at least one.
Range BoundsOf(const std::vector<Range>& ranges);

// Condition: `r.bucket` lies in one of the ranges, which are ascending, and in `bounds`.
std::string IsIn(const std::vector<Range>& ranges, const Range& bounds, SqlParameters& parameters);

// Condition: rows are of the report's partner, if it has one, after " AND ".
std::string AndOfPartner(const ReportQuery& query, SqlParameters& parameters);

}  // namespace playhead::query
