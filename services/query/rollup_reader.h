#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query/time_range.h"

namespace playhead::query {

using SqlValue = std::optional<std::string>;  // PostgreSQL's text form; nullopt: NULL

struct Statement {
  std::string sql;  // parameters as $1, $2, ...
  std::vector<SqlValue> parameters;
};

using SqlRow = std::vector<SqlValue>;

// A partition's entry in log_offsets.
struct StoredOffset {
  std::int64_t next = 0;
  absl::Time through = absl::InfinitePast();
};

// An epoch whose rows a coarser tier does not have.
struct OpenEpoch {
  std::int64_t epoch_id = 0;
  Range buckets;  // of its rows: from the least bucket to just after the start of the greatest
};

// What a partner's day rows are of.
struct PartnerState {
  std::string time_zone = "UTC";
  // Day rows of epochs above this one are in that zone.
  std::int64_t zone_epoch_id = 0;
  // Rollups that lack rows of buckets up to this one, by name; see kAudiences. Others lack none.
  std::map<std::string, absl::Time> complete_after;
};

// What decides which rows count, as of one snapshot.
struct SnapshotState {
  std::map<int, StoredOffset> offsets;  // by partition
  // Of tier 0, not folded: quarter rows do not have them.
  std::vector<OpenEpoch> open_minutes;
  // Of tier 1, not folded into day rows of the partner's zone.
  std::vector<OpenEpoch> open_quarters;
  PartnerState partner;
};

// One read-only REPEATABLE READ transaction: everything it returns is of one instant. Used by one
// thread.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  virtual const SnapshotState& State() const = 0;

  // Unavailable (DATABASE_UNAVAILABLE): not reached. DeadlineExceeded (DEADLINE). Internal: the
  // statement is wrong.
  virtual absl::StatusOr<std::vector<SqlRow>> Run(const Statement& statement) = 0;
};

// The store, as query sees it. Safe to call from many threads; every call ends by `deadline`.
// Errors as of Snapshot.
class RollupReader {
 public:
  virtual ~RollupReader() = default;

  // Partner 0: all partners, in UTC. An unknown partner is like one without configuration.
  virtual absl::StatusOr<PartnerState> ReadPartner(int partner, absl::Time deadline) = 0;

  // `range`: epochs without buckets in it are left out of the state.
  virtual absl::StatusOr<std::unique_ptr<Snapshot>> OpenSnapshot(int partner, const Range& range,
                                                                 absl::Time deadline) = 0;
};

}  // namespace playhead::query
