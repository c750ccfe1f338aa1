#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/postgres.h"
#include "common/retention.h"

namespace playhead::aggregator {

struct RetentionResult {
  std::vector<std::string> dropped;
  // Old enough, but an epoch that is not folded may have rows in it, or it was in use; the next run
  // tries again.
  std::vector<std::string> kept;
};

// Drops every partition that ended longer ago than its table's retention, and old rejected batches.
// `connection` as playhead_writer, outside a transaction.
absl::StatusOr<RetentionResult> DropOldPartitions(postgres::Connection& connection,
                                                  const Retention& retention, absl::Time now);

// The retention of every partitioned table, by name.
std::map<std::string, absl::Duration> RetentionByTable(const Retention& retention);

}  // namespace playhead::aggregator
