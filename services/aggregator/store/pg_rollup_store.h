#pragma once

#include <memory>

#include "common/postgres.h"
#include "services/aggregator/rollup_store.h"

namespace playhead::aggregator {

struct PgRollupStoreOptions {
  // As playhead_writer.
  postgres::Options connection;
  // Also accepts a server with fsync off. For tests only: such a server loses what it committed.
  bool allow_unsafe_server = false;
};

// A store in PostgreSQL with one connection, opened when it is needed. Every error that is not of
// the epoch's own values comes back as Unavailable, wrong privileges and a server in recovery
// included: the writer keeps its epoch and tries again until an operator or a failover has put the
// server right.
std::unique_ptr<RollupStore> MakePgRollupStore(PgRollupStoreOptions options);

// OK when the server may be written to: not in recovery, and (unless `allow_unsafe_server`) fsync
// is on.
absl::Status CheckServer(postgres::Connection& connection, bool allow_unsafe_server);

}  // namespace playhead::aggregator
