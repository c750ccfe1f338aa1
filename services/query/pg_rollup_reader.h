#pragma once

#include <memory>
#include <string>

#include "services/query/rollup_reader.h"

namespace playhead::query {

struct PgRollupReaderOptions {
  // Bound to one partner per transaction by row-level security.
  std::string dsn;
  // Sees all partners; empty: the same as `dsn`.
  std::string dsn_all;
  // Connections to each, at most.
  int pool_size = 8;
};

// The production reader. Opens connections when they are needed.
std::unique_ptr<RollupReader> MakePgRollupReader(const PgRollupReaderOptions& options);

}  // namespace playhead::query
