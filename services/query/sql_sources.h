#pragma once

#include <string>

#include "services/query/sql.h"
#include "services/query/sql_writer.h"

namespace playhead::query {

// Where a report's rows come from, as one UNION ALL: stored rows of every tier that its plan reads,
// each event once, and the tail. Columns: bucket; every field of the query by name; then either
// every measure and sketch that its metrics are made of, by name, and event_type and event_count
// where events are needed, or, by event type, event_type and event_count alone.
std::string SourcesSql(const SqlInput& input, SqlParameters& parameters);

}  // namespace playhead::query
