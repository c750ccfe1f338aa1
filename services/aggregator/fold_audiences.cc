#include "services/aggregator/fold_audiences.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace playhead::aggregator {
namespace {

// Of one audience.
struct AudienceKey {
  std::int32_t partner = 0;
  std::int64_t ten_seconds_ms = 0;
  std::vector<std::uint32_t> ids;  // traffic, then the audience's dimensions

  friend bool operator==(const AudienceKey&, const AudienceKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const AudienceKey& key) {
    return H::combine(std::move(h), key.partner, key.ten_seconds_ms, key.ids);
  }
};

void FoldAudience(const catalog::Audience& audience, const std::vector<FactRow>& facts,
                  std::vector<AudienceRow>& rows) {
  absl::flat_hash_map<AudienceKey, std::size_t> index;
  AudienceKey key;
  for (const FactRow& fact : facts) {
    if (fact.measure(catalog::Measure::kViews) == 0) continue;
    key.partner = fact.partner;
    key.ids.assign(1, fact.dimension(catalog::Dimension::kTraffic));
    for (const catalog::Dimension d : audience.dimensions) key.ids.push_back(fact.dimension(d));
    for (std::size_t i = 0; i < fact.ten_seconds_views.size(); ++i) {
      if (fact.ten_seconds_views[i] == 0) continue;
      key.ten_seconds_ms = fact.minute_ms + static_cast<std::int64_t>(i) * catalog::kTenSecondsMs;
      const auto [it, is_new] = index.try_emplace(key, rows.size());
      if (is_new) {
        rows.push_back({.audience = &audience,
                        .partner = key.partner,
                        .ten_seconds_ms = key.ten_seconds_ms,
                        .traffic = key.ids.front(),
                        .dimensions = {key.ids.begin() + 1, key.ids.end()}});
      }
      rows[it->second].views += fact.ten_seconds_views[i];
    }
  }
}

}  // namespace

std::vector<AudienceRow> FoldAudiences(const std::vector<FactRow>& facts) {
  std::vector<AudienceRow> rows;
  for (const catalog::Audience& audience : catalog::Audiences()) {
    FoldAudience(audience, facts, rows);
  }
  std::sort(rows.begin(), rows.end(), [](const AudienceRow& a, const AudienceRow& b) {
    return std::tie(a.partner, a.audience, a.ten_seconds_ms, a.traffic, a.dimensions) <
           std::tie(b.partner, b.audience, b.ten_seconds_ms, b.traffic, b.dimensions);
  });
  return rows;
}

}  // namespace playhead::aggregator
