#pragma once

#include <string>
#include <vector>

#include "services/query/sql.h"
#include "services/query/sql_writer.h"

namespace playhead::query {

// SELECTs of the tail's rows, with the columns of SourcesSql; one without rows when the tail has
// none, so that a report always has a source.
std::vector<std::string> TailSelects(const SqlInput& input, SqlParameters& parameters);

// A SELECT of the tail's VIEWs per ten seconds, with the columns of TenSecondsSql.
std::string TenSecondsTailSelect(const SqlInput& input, SqlParameters& parameters);

// `VALUES (event type, count)` of every measure that counts an event type; columns are prefixed by
// `prefix`.
std::string MeasuresAsRows(const std::string& prefix);

// Condition: a measure counts the event type in this column.
std::string HasMeasure(const std::string& column);

}  // namespace playhead::query
