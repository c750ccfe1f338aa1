#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query/plan.h"

namespace playhead::query {

// Whether the report reads rows of an audience: it is by ten seconds, or of peaks.
bool NeedsAudience(const ReportQuery& query);

// Whether it has metrics that are no peaks.
bool HasCounts(const ReportQuery& query);
// Whether it has peaks.
bool HasPeaks(const ReportQuery& query);

// The audience with the fewest dimensions that has every field. Whole quarter hours that lie in one
// bucket are read from their peaks, unless values would have to be added up: a peak is a maximum of
// sums, never a sum of maxima. INVALID_ARGUMENT (INCOMPATIBLE_FIELDS), OUT_OF_RANGE
// (GRAIN_NOT_RETAINED).
absl::StatusOr<AudiencePlan> PlanAudience(const ReportQuery& query,
                                          const std::vector<absl::Time>& edges,
                                          const PlanContext& context);

// The same of the totals: without dimensions, over the whole range.
absl::StatusOr<AudiencePlan> PlanTotalsAudience(const ReportQuery& query,
                                                const PlanContext& context);

// Whether peaks are of human traffic alone.
bool CountsHumansAlone(const ReportQuery& query);

}  // namespace playhead::query
