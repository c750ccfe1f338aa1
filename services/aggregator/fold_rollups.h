#pragma once

#include <vector>

#include "services/aggregator/epoch.h"

namespace playhead::aggregator {

// The rows at minute grain of every rollup of the catalog that has a minute tier, one element per
// rollup; rows in order of partner and minute. `fact_events` point into `facts`.
std::vector<RollupRows> FoldRollups(const std::vector<FactRow>& facts,
                                    const std::vector<FactEventRow>& fact_events);

}  // namespace playhead::aggregator
