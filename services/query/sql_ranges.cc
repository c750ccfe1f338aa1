#include "services/query/sql_ranges.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace playhead::query {

std::vector<Range> RangesOf(const std::vector<Region>& regions, std::initializer_list<Tier> tiers) {
  std::vector<Range> ranges;
  for (const Region& region : regions) {
    if (std::find(tiers.begin(), tiers.end(), region.tier) != tiers.end()) {
      ranges.push_back(region.range);
    }
  }
  return ranges;
}

Range BoundsOf(const std::vector<Range>& ranges) {
  return {.start = ranges.front().start, .end = ranges.back().end};
}

std::string IsIn(const std::vector<Range>& ranges, const Range& bounds, SqlParameters& parameters) {
  const std::string start = parameters.Time(bounds.start);
  std::string condition =
      absl::StrCat("r.bucket >= ", start, " AND r.bucket < ", parameters.Time(bounds.end));
  if (ranges.size() == 1) return condition;
  std::vector<absl::Time> cuts;
  for (const Range& range : ranges) {
    if (!cuts.empty() && cuts.back() == range.start) {
      cuts.back() = range.end;
    } else {
      cuts.insert(cuts.end(), {range.start, range.end});
    }
  }
  absl::StrAppend(&condition, " AND width_bucket(r.bucket, ", parameters.Times(cuts), ") % 2 = 1");
  return condition;
}

std::string AndOfPartner(const ReportQuery& query, SqlParameters& parameters) {
  if (query.partner == 0) return "";
  return absl::StrCat(" AND r.partner = ", parameters.Value(absl::StrCat(query.partner), "int"));
}

}  // namespace playhead::query
