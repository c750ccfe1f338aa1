#pragma once

#include <string>
#include <vector>

#include "common/catalog.h"
#include "common/tables.h"

namespace playhead::aggregator {

// The statements that fold every rollup from one tier into the next. Parameters: $1 id of the
// fold's epoch, $2 array of the ids of the folded epochs, $3 and $4 the least and greatest bucket
// of their rows. Into days also: $5 and $6 arrays of partners and their zones (UTC where a partner
// is not among them), $7, $8 and $9 arrays of zone, start and end of days.
//
// `from_tier` 0: minutes into quarter hours; rollups without a minute tier are made from facts, and
// peaks from the VIEWs per ten seconds. 1: quarter hours into days.
std::vector<std::string> FoldStatements(int from_tier);

// The tables that those statements write.
std::vector<tables::Table> FoldTargets(int from_tier);

}  // namespace playhead::aggregator
