#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event.h"
#include "services/aggregator/epoch.h"

namespace playhead::aggregator {

struct Ownership {
  int partition = 0;
  std::int64_t next = 0;  // committed up to here
  std::int64_t fence = 0;
  std::int64_t through_ms = 0;
};

enum class CommitOutcome {
  kCommitted,
  // Another owner, or another offset: the epoch is not and will not be in the store. Discard it and
  // Acquire again.
  kLost,
};

// Where epochs go. One instance per writer, used by one thread.
class RollupStore {
 public:
  virtual ~RollupStore() = default;

  // Takes the partitions: raises their fencing numbers, so that an earlier owner cannot commit, and
  // returns where to go on. The first call on a new database records the log's uuid and partition
  // count. FailedPrecondition: the database belongs to another log, or has another partition count.
  // Unavailable: try again.
  virtual absl::StatusOr<std::vector<Ownership>> Acquire(Id128 log_uuid, int partition_count,
                                                         std::span<const int> partitions) = 0;

  // Commits the epoch in one transaction. Calling again with the same epoch after Unavailable is
  // safe: if it was committed, that is found by its token. InvalidArgument: the database refuses
  // some value of the epoch (a data error; sending it again cannot help). Unavailable: not reached
  // or outcome unknown; call again.
  virtual absl::StatusOr<CommitOutcome> Commit(const Epoch& epoch) = 0;
};

}  // namespace playhead::aggregator
