#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/catalog.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/report_query.h"
#include "services/query/retention.h"

namespace playhead::query {

struct Region {
  Tier tier = Tier::kFacts;
  Range range;

  friend bool operator==(const Region&, const Region&) = default;
};

// What of an audience a report reads.
struct AudiencePlan {
  const catalog::Audience* audience = nullptr;  // never null
  // Ascending and adjoining: rows of ten seconds, and peaks of whole quarter hours.
  std::vector<Region> regions;
};

// How a report is computed.
struct Plan {
  const catalog::Rollup* rollup = nullptr;  // null: facts
  // Ascending and adjoining. A row of a region's tier lies wholly in one bucket. Empty: all is read
  // from the audience.
  std::vector<Region> regions;
  // Of peaks, and of everything by ten seconds.
  std::optional<AudiencePlan> audience;
  // Of the totals of peaks, where they are asked for.
  std::optional<AudiencePlan> totals_audience;
  // First instants of the buckets, then the end: see BucketEdges.
  std::vector<absl::Time> edges;
  // Rows are counts by event type: the event type is grouped or filtered by; `by_error_code`: error
  // codes, too.
  bool by_event_type = false;
  bool by_error_code = false;
  std::vector<v1::Warning> warnings;
  // Share of the range within retention.
  double completeness = 1;
};

struct PlanContext {
  absl::Time now;
  // The zone that the partner's day rows are of.
  absl::TimeZone partner_zone;
  Retention retention;
  // Rows of rollups by name, where known; others are guessed from their dimensions.
  std::map<std::string, std::int64_t> row_counts;
  // PartnerState::complete_after.
  std::map<std::string, absl::Time> complete_after;

  // From when on a rollup has every row: the least start of a range that may use it.
  absl::Time FirstComplete(const std::string& rollup) const;
};
// Stands for all audiences in `complete_after`.
inline constexpr char kAudiences[] = "audience";

// The cheapest rollup that has every field, each part of the range on the coarsest tier that fits;
// else facts, with a warning; of peaks, and by ten seconds, an audience. INVALID_ARGUMENT
// (INCOMPATIBLE_FIELDS), OUT_OF_RANGE (GRAIN_NOT_RETAINED), RESOURCE_EXHAUSTED (QUERY_TOO_LARGE).
absl::StatusOr<Plan> MakePlan(const ReportQuery& query, const PlanContext& context);

// The range split by tiers, ignoring retention: whole days of `days` (first instants; empty: no day
// rows) that lie in one bucket each, then whole quarters, then minutes.
std::vector<Region> SplitRange(const Range& range, const std::vector<absl::Time>& edges,
                               const std::vector<absl::Time>& days);

}  // namespace playhead::query
