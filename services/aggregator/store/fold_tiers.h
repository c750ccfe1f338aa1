#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/postgres.h"

namespace playhead::aggregator {

struct FoldOptions {
  // As playhead_writer; its statement_timeout bounds the fold of one rollup.
  postgres::Options connection{};
  // An epoch is folded when the quarter hour (tier 0) or day (tier 1, in every zone) of its
  // greatest bucket has ended this long ago,
  absl::Duration grace = absl::Minutes(2);
  // or when more than this many younger epochs of its tier are unfolded.
  int max_unfolded_epochs = 180;
  // Bounds of one run, so that its transaction stays short.
  int max_epochs_per_run = 64;
  std::int64_t max_rows_per_run = 2'000'000;
};

struct FoldResult {
  // Epochs whose rows were folded; 0: there was nothing to do, and the database is unchanged.
  int epochs = 0;
  // Rows written.
  std::int64_t rows = 0;
};

// Folds the rows of epochs into the next tier. Any number of folders may run, in any processes:
// each takes epochs that no other holds, and a run that dies leaves nothing behind. Used by one
// thread at a time.
class TierFolder {
 public:
  virtual ~TierFolder() = default;

  // One run: takes a set of epochs of `from_tier` (0: minutes and facts into quarter hours, 1:
  // quarter hours into days), folds every rollup of exactly that set and marks it, in one
  // transaction. Unavailable: try again.
  virtual absl::StatusOr<FoldResult> RunOnce(int from_tier, absl::Time now) = 0;
};

std::unique_ptr<TierFolder> MakeTierFolder(FoldOptions options);

}  // namespace playhead::aggregator
