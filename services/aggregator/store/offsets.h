#pragma once

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event.h"
#include "common/postgres.h"
#include "services/aggregator/rollup_store.h"

namespace playhead::aggregator {

// False in builds that show what the compare-and-set is for; such a build loses and doubles events.
#ifdef PLAYHEAD_NO_CAS
inline constexpr bool kHasCompareAndSet = false;
#else
inline constexpr bool kHasCompareAndSet = true;
#endif

// Takes the partitions, inside the connection's transaction; see RollupStore::Acquire. In partition
// order.
absl::StatusOr<std::vector<Ownership>> TakePartitions(postgres::Connection& connection,
                                                      Id128 log_uuid, int partition_count,
                                                      std::span<const int> partitions);

// Advances the offset of every range that is still at `first` under `fence`, in partition order;
// true when all were.
absl::StatusOr<bool> AdvanceOffsets(postgres::Connection& connection,
                                    std::span<const EpochRange> ranges);

// `00112233-4455-6677-8899-aabbccddeeff`
std::string UuidText(Id128 id);

}  // namespace playhead::aggregator
