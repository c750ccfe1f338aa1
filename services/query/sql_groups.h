#pragma once

#include <string>

#include "services/query/sql.h"
#include "services/query/sql_writer.h"

namespace playhead::query {

// The groups of a report, without order: columns d0, d1, ... (its dimensions) and m0, m1, ... (its
// metrics). Without dimensions: one row, over all.
struct GroupOptions {
  bool with_dimensions = true;
  bool with_metrics = true;
};
std::string GroupsSql(const SqlInput& input, const GroupOptions& options,
                      SqlParameters& parameters);

}  // namespace playhead::query
