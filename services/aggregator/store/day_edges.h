#pragma once

#include <vector>

#include "absl/time/time.h"

namespace playhead::aggregator {

// A day of a zone: [start, end), from its first instant to the first of the next. 21 to 27 hours
// where the zone jumps.
struct DayEdges {
  absl::Time start;
  absl::Time end;
};

// The days of `zone` that hold the instants of [least, greatest], in order. Days that a zone
// skipped are left out.
std::vector<DayEdges> DaysOf(absl::TimeZone zone, absl::Time least, absl::Time greatest);

}  // namespace playhead::aggregator
