#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/postgres.h"
#include "services/aggregator/epoch.h"
#include "services/aggregator/store/partition_cache.h"
#include "services/aggregator/store/text_store.h"

namespace playhead::aggregator {

struct BucketRange {
  std::int64_t least_ms = 0;
  std::int64_t greatest_ms = 0;
};

// The least and greatest bucket of the epoch's rows; nullopt: it has none.
std::optional<BucketRange> BucketsOf(const Epoch& epoch);

// The partitions that the epoch's rows go to, of all tables.
std::set<PartitionCache::Partition> PartitionsOf(const Epoch& epoch);

// Rows that WriteEpochRows writes.
std::int64_t RowCountOf(const Epoch& epoch);

// Asks `texts` for the id of every text that the rows hold by id.
void CollectTexts(const Epoch& epoch, TextStore& texts);

// Copies all rows of the epoch inside the connection's transaction, in order of partner and bucket.
// InvalidArgument: a value that the tables cannot hold.
absl::Status WriteEpochRows(postgres::Connection& connection, const Epoch& epoch,
                            std::int64_t epoch_id, TextStore& texts);

}  // namespace playhead::aggregator
