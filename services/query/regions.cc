#include <algorithm>

#include "services/query/plan.h"

namespace playhead::query {
namespace {

using Times = std::vector<absl::Time>;

constexpr absl::Duration kQuarter = absl::Minutes(15);

class Splitter {
 public:
  explicit Splitter(const Times& edges) : edges_(edges) {}

  void Add(Tier tier, absl::Time start, absl::Time end) {
    if (start >= end) return;
    if (!regions_.empty() && regions_.back().tier == tier) {
      regions_.back().range.end = end;
      return;
    }
    regions_.push_back({.tier = tier, .range = {.start = start, .end = end}});
  }

  // [start, end) from quarters, and from minutes where a quarter does not fit.
  void AddQuarters(absl::Time start, absl::Time end) {
    if (start >= end) return;
    absl::Time from = CeilQuarter(start);
    const absl::Time until = FloorQuarter(end);
    if (from >= until) return Add(Tier::kMinute, start, end);
    Add(Tier::kMinute, start, from);
    for (auto edge = std::upper_bound(edges_.begin(), edges_.end(), from);
         edge != edges_.end() && *edge < until; ++edge) {
      const absl::Time quarter = FloorQuarter(*edge);
      if (quarter == *edge || quarter < from) continue;
      Add(Tier::kQuarterHour, from, quarter);
      Add(Tier::kMinute, quarter, quarter + kQuarter);
      from = quarter + kQuarter;
    }
    Add(Tier::kQuarterHour, from, until);
    Add(Tier::kMinute, until, end);
  }

  // Whether no bucket begins inside.
  bool IsInOneBucket(absl::Time start, absl::Time end) const {
    const auto edge = std::upper_bound(edges_.begin(), edges_.end(), start);
    return edge == edges_.end() || *edge >= end;
  }

  std::vector<Region> Take() { return std::move(regions_); }

 private:
  const Times& edges_;
  std::vector<Region> regions_;
};

}  // namespace

std::vector<Region> SplitRange(const Range& range, const Times& edges, const Times& days) {
  Splitter splitter(edges);
  absl::Time done = range.start;
  for (std::size_t i = 0; i + 1 < days.size(); ++i) {
    const absl::Time start = days[i];
    const absl::Time end = days[i + 1];
    if (start < range.start || end > range.end || !splitter.IsInOneBucket(start, end)) continue;
    splitter.AddQuarters(done, start);
    splitter.Add(Tier::kDay, start, end);
    done = end;
  }
  if (done < range.end) splitter.AddQuarters(done, range.end);
  return splitter.Take();
}

}  // namespace playhead::query
