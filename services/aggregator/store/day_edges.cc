#include "services/aggregator/store/day_edges.h"

#include "absl/time/civil_time.h"

namespace playhead::aggregator {

std::vector<DayEdges> DaysOf(absl::TimeZone zone, absl::Time least, absl::Time greatest) {
  std::vector<DayEdges> days;
  const absl::CivilDay last = absl::ToCivilDay(greatest, zone);
  for (absl::CivilDay day = absl::ToCivilDay(least, zone); day <= last; ++day) {
    // FromCivil gives the first of a repeated midnight and, for a skipped one, the instant of the
    // jump.
    const DayEdges edges = {absl::FromCivil(day, zone), absl::FromCivil(day + 1, zone)};
    if (edges.start < edges.end) days.push_back(edges);
  }
  return days;
}

}  // namespace playhead::aggregator
