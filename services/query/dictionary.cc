#include "services/query/dictionary.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/strings.h"
#include "services/query/buckets.h"
#include "services/query/dimensions.h"
#include "services/query/metrics_of.h"
#include "services/query/report.h"

namespace playhead::query {
namespace {

using catalog::Dimension;

// Names separated by spaces.
template <typename Repeated>
void AddNames(std::string_view names, Repeated& to) {
  for (const auto name : absl::StrSplit(ToAbsl(names), ' ', absl::SkipEmpty())) {
    *to.Add() = std::string(name);
  }
}

v1::DimensionDescription Describe(const catalog::DimensionInfo& info) {
  v1::DimensionDescription described;
  described.set_name(std::string(info.name));
  AddNames(info.aliases, *described.mutable_aliases());
  described.set_type(v1::Column::STRING);
  described.set_description(std::string(info.description));
  described.set_source(std::string(info.source));
  described.set_groupable(true);
  described.set_filterable(true);
  described.set_max_bytes(info.max_bytes);
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    const bool has = info.id == Dimension::kTraffic ||
                     std::find(rollup.dimensions.begin(), rollup.dimensions.end(), info.id) !=
                         rollup.dimensions.end();
    if (has) described.add_rollups(std::string(rollup.name));
  }
  return described;
}

v1::DimensionDescription DescribeOther(std::string_view name, std::string_view aliases,
                                       v1::Column::Type type, std::string_view description) {
  v1::DimensionDescription described;
  described.set_name(std::string(name));
  AddNames(aliases, *described.mutable_aliases());
  described.set_type(type);
  described.set_description(std::string(description));
  described.set_source("client");
  described.set_groupable(true);
  described.set_filterable(true);
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    described.add_rollups(std::string(rollup.name));
  }
  return described;
}

v1::DimensionDescription DescribeTime(const std::string& name, const std::string& shown) {
  v1::DimensionDescription described;
  described.set_name(name);
  described.set_type(v1::Column::TIMESTAMP);
  described.set_description(absl::StrCat("First instant of the ", shown,
                                         " that the event happened in, in the request's zone."));
  described.set_source("time");
  described.set_groupable(true);
  return described;
}

v1::DimensionDescription DescribeTenSeconds() {
  v1::DimensionDescription described =
      DescribeTime(std::string(GranularityName(Granularity::kTenSeconds)), "ten seconds");
  described.add_aliases("tenSeconds");
  for (const catalog::Audience& audience : catalog::Audiences()) {
    described.add_rollups(AudienceName(audience));
  }
  return described;
}

v1::GrainDescription DescribeGrain(Tier tier, const Retention& retention) {
  v1::GrainDescription grain;
  grain.set_grain(std::string(TierName(tier == Tier::kFacts ? Tier::kMinute : tier)));
  *grain.mutable_retention() = ToProto(KeptFor(tier, retention));
  return grain;
}

void AddGrain(Tier tier, const Retention& retention, v1::RollupDescription& rollup) {
  *rollup.add_retentions() = DescribeGrain(tier, retention);
  rollup.add_grains(rollup.retentions(rollup.retentions_size() - 1).grain());
}

v1::RollupDescription Describe(const catalog::Rollup& rollup, const Retention& retention) {
  v1::RollupDescription described;
  described.set_name(std::string(rollup.name));
  for (const Dimension dimension : rollup.dimensions) {
    described.add_dimensions(std::string(catalog::Info(dimension).name));
  }
  described.add_dimensions(std::string(catalog::Info(Dimension::kTraffic).name));
  // Minutes of a rollup of many keys come from facts.
  AddGrain(rollup.has_minute_tier ? Tier::kMinute : Tier::kFacts, retention, described);
  AddGrain(Tier::kQuarterHour, retention, described);
  AddGrain(Tier::kDay, retention, described);
  for (const catalog::SketchInfo& sketch : catalog::Sketches()) {
    const bool is_known = sketch.id == catalog::Sketch::kUniqueKnownUsers;
    if (!is_known || rollup.has_known_users)
      described.add_distinct_counts(std::string(sketch.name));
  }
  return described;
}

v1::RollupDescription Describe(const catalog::Audience& audience, const Retention& retention) {
  v1::RollupDescription described;
  described.set_name(AudienceName(audience));
  for (const Dimension dimension : audience.dimensions) {
    described.add_dimensions(std::string(catalog::Info(dimension).name));
  }
  described.add_dimensions(std::string(catalog::Info(Dimension::kTraffic).name));
  AddGrain(Tier::kTenSeconds, retention, described);
  AddGrain(Tier::kQuarterHour, retention, described);
  return described;
}

v1::RollupDescription DescribeFacts(const Retention& retention) {
  v1::RollupDescription described;
  described.set_name(std::string(TierName(Tier::kFacts)));
  for (const catalog::DimensionInfo& info : catalog::Dimensions()) {
    described.add_dimensions(std::string(info.name));
  }
  AddGrain(Tier::kFacts, retention, described);
  for (const catalog::SketchInfo& sketch : catalog::Sketches()) {
    described.add_distinct_counts(std::string(sketch.name));
  }
  return described;
}

v1::MetricDescription Describe(const catalog::Metric& metric, const Retention& retention) {
  v1::MetricDescription described;
  described.set_name(std::string(metric.name));
  AddNames(metric.aliases, *described.mutable_aliases());
  described.set_unit(std::string(metric.unit));
  described.set_formula(std::string(metric.formula));
  described.set_type(IsWhole(metric) ? v1::Column::INT : v1::Column::DOUBLE);
  described.set_additive(IsAdditive(metric));
  described.set_approximate(metric.kind == catalog::MetricKind::kSketch);
  if (described.approximate()) described.set_relative_error_bound(SketchErrorBound());
  const bool is_peak = metric.kind == catalog::MetricKind::kPeak;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    if (!is_peak && Has(rollup, metric)) described.add_rollups(std::string(rollup.name));
  }
  if (IsOfAudiences(metric)) {
    for (const catalog::Audience& audience : catalog::Audiences()) {
      described.add_rollups(AudienceName(audience));
    }
  }
  described.set_by_event_type(CountsEvents(metric));
  for (const Tier tier : {Tier::kTenSeconds, Tier::kMinute, Tier::kQuarterHour, Tier::kDay}) {
    const bool has = is_peak ? tier == Tier::kTenSeconds || tier == Tier::kQuarterHour
                             : tier != Tier::kTenSeconds || IsOfAudiences(metric);
    if (has) *described.add_grains() = DescribeGrain(tier, retention);
  }
  return described;
}

}  // namespace

v1::ListDimensionsResponse ListDimensions() {
  v1::ListDimensionsResponse response;
  *response.add_dimensions() =
      DescribeOther("partner", "partnerId partner_id", v1::Column::INT, "The account.");
  for (const catalog::DimensionInfo& info : catalog::Dimensions()) {
    *response.add_dimensions() = Describe(info);
  }
  *response.add_dimensions() =
      DescribeOther("event_type", "eventType", v1::Column::STRING,
                    "Kaltura's name of the event's type where it has one, else its number.");
  for (const std::string& name : GranularityNames()) {
    const bool is_finest = FindGranularity(name) == Granularity::kTenSeconds;
    *response.add_dimensions() = is_finest ? DescribeTenSeconds() : DescribeTime(name, name);
  }
  return response;
}

v1::ListMetricsResponse ListMetrics(const Retention& retention) {
  v1::ListMetricsResponse response;
  for (const catalog::Metric& metric : catalog::Metrics()) {
    *response.add_metrics() = Describe(metric, retention);
  }
  return response;
}

v1::ListRollupsResponse ListRollups(const Retention& retention) {
  v1::ListRollupsResponse response;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    *response.add_rollups() = Describe(rollup, retention);
  }
  *response.add_rollups() = DescribeFacts(retention);
  for (const catalog::Audience& audience : catalog::Audiences()) {
    *response.add_rollups() = Describe(audience, retention);
  }
  return response;
}

}  // namespace playhead::query
