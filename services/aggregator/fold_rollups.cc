#include "services/aggregator/fold_rollups.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace playhead::aggregator {
namespace {

using catalog::Sketch;

struct RollupKey {
  std::int32_t partner = 0;
  std::int64_t minute_ms = 0;
  std::int32_t event_type = 0;     // 0 in rows that are not of one event type
  std::vector<std::uint32_t> ids;  // traffic, then the rollup's dimensions

  friend bool operator==(const RollupKey&, const RollupKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const RollupKey& key) {
    return H::combine(std::move(h), key.partner, key.minute_ms, key.event_type, key.ids);
  }
};

void SetKey(const FactRow& fact, const catalog::Rollup& rollup, RollupKey& key) {
  key.partner = fact.partner;
  key.minute_ms = fact.minute_ms;
  key.ids.assign(1, fact.dimension(catalog::Dimension::kTraffic));
  for (const catalog::Dimension d : rollup.dimensions) key.ids.push_back(fact.dimension(d));
}

// A row without values.
template <typename Row>
Row MakeRow(const RollupKey& key) {
  Row row;
  row.partner = key.partner;
  row.minute_ms = key.minute_ms;
  row.traffic = key.ids.front();
  row.dimensions.assign(key.ids.begin() + 1, key.ids.end());
  return row;
}

Hll& SketchOf(RollupRow& row, Sketch sketch) {
  return row.sketches[static_cast<std::size_t>(sketch)];
}

void AddFact(const FactRow& fact, const catalog::Rollup& rollup, RollupRow& row) {
  for (std::size_t m = 0; m < fact.measures.size(); ++m) row.measures[m] += fact.measures[m];
  SketchOf(row, Sketch::kUniqueSessions).Add(fact.session.low);
  if (fact.HasViewer()) SketchOf(row, Sketch::kUniqueViewers).Add(fact.viewer);
  if (rollup.has_known_users && fact.known_user != 0) {
    SketchOf(row, Sketch::kUniqueKnownUsers).Add(fact.known_user);
  }
}

template <typename Row>
void SortRows(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.partner, a.minute_ms, a.traffic, a.dimensions) <
           std::tie(b.partner, b.minute_ms, b.traffic, b.dimensions);
  });
}

std::vector<RollupRow> FoldRows(const catalog::Rollup& rollup, const std::vector<FactRow>& facts) {
  std::vector<RollupRow> rows;
  absl::flat_hash_map<RollupKey, std::size_t> index;
  RollupKey key;
  for (const FactRow& fact : facts) {
    SetKey(fact, rollup, key);
    const auto [it, is_new] = index.try_emplace(key, rows.size());
    if (is_new) rows.push_back(MakeRow<RollupRow>(key));
    AddFact(fact, rollup, rows[it->second]);
  }
  SortRows(rows);
  return rows;
}

std::vector<RollupEventRow> FoldEvents(const catalog::Rollup& rollup,
                                       const std::vector<FactRow>& facts,
                                       const std::vector<FactEventRow>& fact_events) {
  std::vector<RollupEventRow> rows;
  absl::flat_hash_map<RollupKey, std::size_t> index;
  RollupKey key;
  for (const FactEventRow& event : fact_events) {
    // Those with a measure are in it.
    if (catalog::MeasureOfEventType(event.event_type).has_value()) continue;
    SetKey(facts[event.fact], rollup, key);
    key.event_type = event.event_type;
    const auto [it, is_new] = index.try_emplace(key, rows.size());
    if (is_new) {
      rows.push_back(MakeRow<RollupEventRow>(key));
      rows.back().event_type = event.event_type;
    }
    rows[it->second].count += event.count;
  }
  SortRows(rows);
  return rows;
}

}  // namespace

std::vector<RollupRows> FoldRollups(const std::vector<FactRow>& facts,
                                    const std::vector<FactEventRow>& fact_events) {
  std::vector<RollupRows> rollups;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    if (!rollup.has_minute_tier) continue;
    rollups.push_back({.rollup = &rollup,
                       .rows = FoldRows(rollup, facts),
                       .events = FoldEvents(rollup, facts, fact_events)});
  }
  return rollups;
}

}  // namespace playhead::aggregator
