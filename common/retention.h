#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace playhead {

// How long rows are kept, by their bucket. The aggregator drops what is older; query refuses what
// would need it. Both must be told the same.
struct Retention {
  absl::Duration ten_seconds = absl::Hours(24 * 7);
  absl::Duration facts = absl::Hours(24 * 8);
  absl::Duration minute = absl::Hours(24 * 14);
  absl::Duration quarter_hour = absl::Hours(24 * 400);
  absl::Duration day = absl::Hours(24 * 365 * 5);
  absl::Duration ledger = absl::Hours(24 * 35);
};

// Flags of a service that links this. InvalidArgument: a flag out of its range, or minutes that
// would be kept for longer than quarter hours, or these for longer than days.
absl::Status CheckRetentionFlags();
Retention RetentionFromFlags();

}  // namespace playhead
