#pragma once

#include <string>

#include "services/query/sql.h"
#include "services/query/sql_writer.h"

namespace playhead::query {

// VIEWs per ten seconds, as one UNION ALL: stored rows of the plan's regions of ten seconds; those
// of its quarter hours in which rows are younger than the stored peaks; the tail. Columns: bucket;
// every field of the query by name; views.
std::string TenSecondsSql(const SqlInput& input, const AudiencePlan& plan,
                          SqlParameters& parameters);

// Stored peaks of the plan's quarter hours, each at most as great as the true one, and equal to it
// where TenSecondsSql has no rows. Columns: bucket; every field but traffic; viewers. Empty: the
// plan has no quarter hours.
std::string PeaksSql(const SqlInput& input, const AudiencePlan& plan, SqlParameters& parameters);

}  // namespace playhead::query
