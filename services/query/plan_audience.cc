#include "services/query/plan_audience.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

using catalog::Audience;
using catalog::Dimension;
using catalog::MetricKind;

bool AudienceHas(const Audience& audience, const Field& field) {
  if (field.kind == Field::Kind::kPartner || field.IsTraffic()) return true;
  return field.kind == Field::Kind::kStored &&
         std::find(audience.dimensions.begin(), audience.dimensions.end(), field.stored) !=
             audience.dimensions.end();
}

int CountMissing(const Audience& audience, const std::set<Field>& fields) {
  return static_cast<int>(std::count_if(fields.begin(), fields.end(), [&](const Field& field) {
    return !AudienceHas(audience, field);
  }));
}

std::string DimensionsOf(const Audience& audience) {
  return absl::StrJoin(audience.dimensions, "+", [](std::string* out, Dimension dimension) {
    absl::StrAppend(out, std::string(catalog::Info(dimension).name));
  });
}

std::string AllSets() {
  std::vector<std::string> sets;
  for (const Audience& audience : catalog::Audiences()) {
    if (!audience.dimensions.empty()) sets.push_back(DimensionsOf(audience));
  }
  return absl::StrJoin(sets, ", ");
}

// Which metric needs the audience.
std::string MetricAtFault(const ReportQuery& query) {
  for (const catalog::Metric* metric : query.metrics) {
    if (metric->kind == MetricKind::kPeak) return std::string(metric->name);
  }
  return std::string(query.metrics.front()->name);
}

absl::Status Uncovered(const ReportQuery& query, const std::set<Field>& fields) {
  const auto audiences = catalog::Audiences();
  const Audience& nearest = *std::min_element(
      audiences.begin(), audiences.end(), [&](const Audience& a, const Audience& b) {
        return CountMissing(a, fields) < CountMissing(b, fields);
      });
  const auto missing = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return !AudienceHas(nearest, field);
  });
  const std::string dimension(FieldName(*missing));
  const std::string fix = absl::StrCat("leave out `", dimension, "`");
  const bool is_peak = HasPeaks(query);
  return Invalid("INCOMPATIBLE_FIELDS", is_peak ? "metrics" : "dimensions",
                 absl::StrCat(is_peak ? "metrics: peaks" : "dimensions: ten seconds",
                              " are kept for some sets of dimensions alone (", AllSets(),
                              ", and parts of them); ", fix),
                 {{"metric", MetricAtFault(query)},
                  {"dimension", dimension},
                  {"allowed", AllSets()},
                  {"fix", fix}});
}

// Fields that a filter holds to one value.
void CollectFixed(const Filter& filter, std::set<Field>& fixed) {
  if (filter.op == Filter::Op::kAnd) {
    for (const Filter& child : filter.children) CollectFixed(child, fixed);
  }
  if (filter.op != Filter::Op::kIn) return;
  const std::set<std::string> values(filter.values.begin(), filter.values.end());
  if (values.size() == 1) fixed.insert(filter.field);
}

// Whether every row of the audience is of one group, so that its peaks are those of the report.
bool MayReadPeaks(const ReportQuery& query, const Audience& audience) {
  if (!query.traffic.empty() && !CountsHumansAlone(query)) return false;
  std::set<Field> single;
  for (const auto& dimension : query.dimensions) {
    if (dimension.has_value()) single.insert(*dimension);
  }
  const auto is_traffic = [](const Field& field) { return field.IsTraffic(); };
  if (std::any_of(single.begin(), single.end(), is_traffic)) return false;
  if (query.filter.has_value()) {
    const auto filtered = FilterFields(*query.filter);
    if (std::any_of(filtered.begin(), filtered.end(), is_traffic)) return false;
    CollectFixed(*query.filter, single);
  }
  const auto is_single = [&](const Field& field) { return single.contains(field); };
  if (query.partner == 0 && !is_single({.kind = Field::Kind::kPartner, .stored = {}})) return false;
  return std::all_of(audience.dimensions.begin(), audience.dimensions.end(),
                     [&](Dimension dimension) {
                       return is_single({.kind = Field::Kind::kStored, .stored = dimension});
                     });
}

// `also`: another way out, appended.
absl::Status CheckKept(const ReportQuery& query, const std::vector<Region>& regions,
                       const PlanContext& context, const char* also) {
  const bool by_ten_seconds = query.granularity == Granularity::kTenSeconds;
  LackingRows lacking{
      .requested = query.granularity == Granularity::kAll ? "" : GranularityName(query.granularity),
      .tier = Tier::kTenSeconds,
      .needed_from = query.range.start,
      .kept_from = context.now,
      .finest_available =
          std::string(TierName(by_ten_seconds ? Tier::kMinute : Tier::kQuarterHour)),
      .instead = by_ten_seconds ? "before it views and viewers by minute can be asked for"
                                : absl::StrCat("before it only peaks of whole quarter hours can be "
                                               "asked for, by all dimensions of one set: ",
                                               AllSets())};
  for (const Region& region : regions) {
    if (region.range.start >= context.now - KeptFor(region.tier, context.retention)) continue;
    lacking.tier = region.tier;
    lacking.needed_from = region.range.start;
    lacking.kept_from = KeptFrom(region.tier, context.retention, context.now);
    if (region.tier == Tier::kQuarterHour) lacking.instead = "begin there or later";
    lacking.instead += also;
    return NotRetained(lacking);
  }
  const absl::Time first = context.FirstComplete(kAudiences);
  if (query.range.start >= first) return absl::OkStatus();
  lacking.kept_from = first;
  lacking.instead = "begin there or later";
  return NotRetained(lacking);
}

absl::StatusOr<AudiencePlan> Choose(const ReportQuery& query, const std::vector<absl::Time>& edges,
                                    const PlanContext& context, const char* also) {
  const std::set<Field> fields = query.Fields();
  AudiencePlan plan;
  for (const Audience& audience : catalog::Audiences()) {
    if (CountMissing(audience, fields) > 0) continue;
    if (plan.audience == nullptr || audience.dimensions.size() < plan.audience->dimensions.size()) {
      plan.audience = &audience;
    }
  }
  if (plan.audience == nullptr) return Uncovered(query, fields);
  plan.regions = {{.tier = Tier::kTenSeconds, .range = query.range}};
  if (MayReadPeaks(query, *plan.audience)) {
    plan.regions = SplitRange(query.range, edges, {});
    for (Region& region : plan.regions) {
      if (region.tier == Tier::kMinute) region.tier = Tier::kTenSeconds;
    }
  }
  RETURN_IF_ERROR(CheckKept(query, plan.regions, context, also));
  return plan;
}

}  // namespace

bool HasCounts(const ReportQuery& query) {
  return std::any_of(query.metrics.begin(), query.metrics.end(), [](const catalog::Metric* metric) {
    return metric->kind != MetricKind::kPeak;
  });
}

bool HasPeaks(const ReportQuery& query) {
  return std::any_of(query.metrics.begin(), query.metrics.end(), [](const catalog::Metric* metric) {
    return metric->kind == MetricKind::kPeak;
  });
}

bool NeedsAudience(const ReportQuery& query) {
  return query.granularity == Granularity::kTenSeconds || HasPeaks(query);
}

bool CountsHumansAlone(const ReportQuery& query) {
  return query.traffic == std::vector<std::string>{""};
}

absl::StatusOr<AudiencePlan> PlanAudience(const ReportQuery& query,
                                          const std::vector<absl::Time>& edges,
                                          const PlanContext& context) {
  return Choose(query, edges, context, "");
}

absl::StatusOr<AudiencePlan> PlanTotalsAudience(const ReportQuery& query,
                                                const PlanContext& context) {
  ReportQuery totals = query;
  totals.dimensions.clear();
  totals.granularity = Granularity::kAll;
  return Choose(totals, {query.range.start, query.range.end}, context, "; or leave out totals");
}

}  // namespace playhead::query
