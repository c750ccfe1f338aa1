#include "tests/support/epoch_builder.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "common/random_id.h"
#include "gtest/gtest.h"

namespace playhead::testing {
namespace {

using aggregator::FactRow;
using aggregator::RollupRows;
using catalog::Dimension;
using catalog::Measure;

using Key = std::tuple<std::int32_t, std::int64_t, std::uint32_t, std::vector<std::uint32_t>>;

Key KeyOf(std::span<const Dimension> dimensions, const FactRow& fact) {
  std::vector<std::uint32_t> ids;
  for (const Dimension dimension : dimensions) ids.push_back(fact.dimension(dimension));
  return {fact.partner, fact.minute_ms, fact.dimension(Dimension::kTraffic), ids};
}

RollupRows RollUp(const catalog::Rollup& rollup, const aggregator::Epoch& epoch) {
  std::map<Key, aggregator::RollupRow> rows;
  for (const FactRow& fact : epoch.facts) {
    const Key key = KeyOf(rollup.dimensions, fact);
    aggregator::RollupRow& row = rows[key];
    std::tie(row.partner, row.minute_ms, row.traffic, row.dimensions) = key;
    for (std::size_t i = 0; i < row.measures.size(); ++i) row.measures[i] += fact.measures[i];
    if (fact.HasViewer()) row.sketches[0].Add(fact.viewer);
    row.sketches[1].Add(fact.session.low);
    if (fact.known_user != 0) row.sketches[2].Add(fact.known_user);
  }
  std::map<std::pair<Key, std::int32_t>, aggregator::RollupEventRow> events;
  for (const aggregator::FactEventRow& event : epoch.fact_events) {
    if (catalog::MeasureOfEventType(event.event_type)) continue;
    const Key key = KeyOf(rollup.dimensions, epoch.facts[event.fact]);
    aggregator::RollupEventRow& row = events[{key, event.event_type}];
    std::tie(row.partner, row.minute_ms, row.traffic, row.dimensions) = key;
    row.event_type = event.event_type;
    row.count += event.count;
  }
  RollupRows out{.rollup = &rollup, .rows = {}, .events = {}};
  for (auto& [key, row] : rows) out.rows.push_back(std::move(row));
  for (auto& [key, row] : events) out.events.push_back(std::move(row));
  return out;
}

void AddAudience(const catalog::Audience& audience, aggregator::Epoch& epoch) {
  std::map<Key, std::int64_t> views;
  for (const FactRow& fact : epoch.facts) {
    for (std::int64_t i = 0; i < catalog::kTenSecondsPerMinute; ++i) {
      if (fact.ten_seconds_views[static_cast<std::size_t>(i)] == 0) continue;
      Key key = KeyOf(audience.dimensions, fact);
      std::get<1>(key) += i * catalog::kTenSecondsMs;
      views[key] += fact.ten_seconds_views[static_cast<std::size_t>(i)];
    }
  }
  for (const auto& [key, count] : views) {
    aggregator::AudienceRow& row = epoch.audiences.emplace_back();
    row.audience = &audience;
    std::tie(row.partner, row.ten_seconds_ms, row.traffic, row.dimensions) = key;
    row.views = count;
  }
}

}  // namespace

EpochBuilder::EpochBuilder() {
  epoch_.token = RandomId();
  epoch_.strings = {""};
}

EpochBuilder& EpochBuilder::Range(int partition, std::int64_t first, std::int64_t next,
                                  std::int64_t fence, std::int64_t through_ms) {
  epoch_.ranges.push_back({.partition = partition,
                           .first = first,
                           .next = next,
                           .fence = fence,
                           .through_ms = through_ms});
  return *this;
}

EpochBuilder& EpochBuilder::Fact(const TestFact& fact) {
  FactRow row;
  row.partner = fact.partner;
  const std::int64_t time_ms = Ms(fact.time);
  row.minute_ms = time_ms - time_ms % 60'000;
  row.ten_seconds_views[static_cast<std::size_t>(time_ms % 60'000 / catalog::kTenSecondsMs)] =
      static_cast<std::int32_t>(fact.views);
  row.session = Murmur3(absl::StrCat(fact.partner, "/", fact.session));
  const std::string viewer = fact.user.empty() ? "s:" + fact.session : "u:" + fact.user;
  row.viewer = Murmur3(absl::StrCat(fact.partner, "/", viewer)).low;
  if (fact.is_known) row.known_user = row.viewer;
  row.dimensions[static_cast<std::size_t>(Dimension::kEntry)] = String(fact.entry);
  row.dimensions[static_cast<std::size_t>(Dimension::kPage)] = String(fact.page);
  row.dimensions[static_cast<std::size_t>(Dimension::kUser)] = String(fact.user);
  row.dimensions[static_cast<std::size_t>(Dimension::kCountry)] = String(fact.country);
  row.dimensions[static_cast<std::size_t>(Dimension::kTraffic)] = String(fact.traffic);
  row.measure(Measure::kPlays) = fact.plays;
  row.measure(Measure::kViews) = fact.views;
  row.measure(Measure::kPlayTimeMs) = fact.play_time_ms;
  row.measure(Measure::kErrors) = fact.errors;
  const auto index = static_cast<std::uint32_t>(epoch_.facts.size());
  if (fact.related_clicks > 0) {
    epoch_.fact_events.push_back({.fact = index, .event_type = 36, .count = fact.related_clicks});
  }
  if (fact.errors > 0) {
    epoch_.fact_events.push_back(
        {.fact = index, .event_type = 98, .error_code = String("E"), .count = fact.errors});
  }
  epoch_.facts.push_back(row);
  return *this;
}

aggregator::Epoch EpochBuilder::Build() {
  epoch_.rollups.clear();
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    if (rollup.has_minute_tier) epoch_.rollups.push_back(RollUp(rollup, epoch_));
  }
  epoch_.audiences.clear();
  for (const catalog::Audience& audience : catalog::Audiences()) AddAudience(audience, epoch_);
  return epoch_;
}

std::uint32_t EpochBuilder::String(const std::string& text) {
  const auto found = std::find(epoch_.strings.begin(), epoch_.strings.end(), text);
  if (found == epoch_.strings.end()) {
    epoch_.strings.push_back(text);
    return static_cast<std::uint32_t>(epoch_.strings.size() - 1);
  }
  return static_cast<std::uint32_t>(found - epoch_.strings.begin());
}

absl::Time At(const std::string& time) {
  absl::Time parsed;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &parsed, &error)) << error;
  return parsed;
}

std::int64_t Ms(const std::string& time) { return absl::ToUnixMillis(At(time)); }

}  // namespace playhead::testing
