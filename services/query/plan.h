#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/catalog.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/report_query.h"

namespace playhead::query {

// Rows that a region of the range is read from, from the finest.
enum class Tier { kFacts, kMinute, kQuarterHour, kDay };
// facts, minute, quarter_hour, day.
std::string_view TierName(Tier tier);

// How long rows are kept.
struct Retentions {
  absl::Duration facts = absl::Hours(24 * 8);
  absl::Duration minute = absl::Hours(24 * 14);
  absl::Duration quarter_hour = absl::Hours(24 * 400);
  absl::Duration day = absl::Hours(24 * 365 * 5);

  absl::Duration Of(Tier tier) const;
};

struct Region {
  Tier tier = Tier::kFacts;
  Range range;

  friend bool operator==(const Region&, const Region&) = default;
};

// How a report is computed.
struct Plan {
  const catalog::Rollup* rollup = nullptr;  // null: facts
  // Ascending and adjoining. A row of a region's tier lies wholly in one bucket.
  std::vector<Region> regions;
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
  Retentions retentions;
  // Rows of rollups by name, where known; others are guessed from their dimensions.
  std::map<std::string, std::int64_t> row_counts;
  // Rollups whose older epochs are still being filled in: not used.
  std::set<std::string> incomplete_rollups;
};

// The cheapest rollup that has every field, each part of the range on the coarsest tier that fits;
// else facts, with a warning. INVALID_ARGUMENT (INCOMPATIBLE_FIELDS), OUT_OF_RANGE
// (GRAIN_NOT_RETAINED), RESOURCE_EXHAUSTED (QUERY_TOO_LARGE).
absl::StatusOr<Plan> MakePlan(const ReportQuery& query, const PlanContext& context);

// The range split by tiers, ignoring retention: whole days of `days` (first instants; empty: no day
// rows) that lie in one bucket each, then whole quarters, then minutes.
std::vector<Region> SplitRange(const Range& range, const std::vector<absl::Time>& edges,
                               const std::vector<absl::Time>& days);

}  // namespace playhead::query
