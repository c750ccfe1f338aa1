#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/catalog.h"
#include "common/postgres.h"

namespace playhead::testing {

// What a report reads: day rows, quarter hour rows and minute rows (or facts) of epochs without a
// mark.
struct TierTotals {
  // Sum of log_offsets, in the same snapshot.
  std::int64_t offsets = 0;
  // Sum of plays by rollup.
  std::map<std::string, std::int64_t> plays;
  // Events of type 36 by rollup.
  std::map<std::string, std::int64_t> related_clicks;
};

// In one REPEATABLE READ transaction: first the marks, then each rollup.
absl::StatusOr<TierTotals> ReadTotals(postgres::Connection& connection);

}  // namespace playhead::testing
