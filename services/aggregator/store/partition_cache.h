#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/postgres.h"

namespace playhead::aggregator {

// Which daily partitions of tables exist, so that the database is asked about each once. Not
// thread-safe.
class PartitionCache {
 public:
  // A table and the start of a day (UTC, Unix ms).
  using Partition = std::pair<std::string, std::int64_t>;

  // Creates those of `partitions` that may not exist, inside the connection's transaction.
  absl::Status Ensure(postgres::Connection& connection, const std::set<Partition>& partitions);

  // The transaction of Ensure was committed.
  void Committed();
  // Forgets everything; true when something was known. Partitions can be dropped by retention.
  bool Clear();

 private:
  std::set<Partition> known_;
  std::set<Partition> ensured_;
};

// The day that holds `unix_ms`.
std::int64_t StartOfDayMs(std::int64_t unix_ms);

}  // namespace playhead::aggregator
