#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/postgres.h"

namespace playhead::aggregator {

// How long rows are kept, by their bucket.
struct Retention {
  absl::Duration ten_seconds = absl::Hours(7 * 24);
  absl::Duration facts = absl::Hours(8 * 24);
  absl::Duration minute = absl::Hours(14 * 24);
  absl::Duration quarter_hour = absl::Hours(400 * 24);
  absl::Duration day = absl::Hours(5 * 366 * 24);
  absl::Duration ledger = absl::Hours(35 * 24);
};

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
