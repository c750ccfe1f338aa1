#include "services/query/plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "services/query/errors.h"
#include "services/query/metrics_of.h"
#include "services/query/plan_audience.h"

namespace playhead::query {
namespace {

using catalog::Dimension;

bool RollupHas(const catalog::Rollup& rollup, const Field& field) {
  if (field.kind != Field::Kind::kStored || field.IsTraffic()) return true;
  return std::find(rollup.dimensions.begin(), rollup.dimensions.end(), field.stored) !=
         rollup.dimensions.end();
}

bool Covers(const catalog::Rollup& rollup, const ReportQuery& query) {
  const auto fields = query.Fields();
  return std::all_of(fields.begin(), fields.end(),
                     [&](const Field& field) { return RollupHas(rollup, field); }) &&
         std::all_of(query.metrics.begin(), query.metrics.end(),
                     [&](const catalog::Metric* metric) { return Has(rollup, *metric); });
}

absl::Status CheckEventMetrics(const ReportQuery& query, const Field& field) {
  for (const catalog::Metric* metric : query.metrics) {
    if (CountsEvents(*metric)) continue;
    const std::string name(metric->name);
    const std::string dimension(FieldName(field));
    return Invalid("INCOMPATIBLE_FIELDS", "metrics",
                   absl::StrCat("metrics: `", name, "` cannot be split by `", dimension,
                                "`: counts of events alone can"),
                   {{"metric", name},
                    {"dimension", dimension},
                    {"allowed", "events, impressions, plays, errors and other counts of events"},
                    {"fix", absl::StrCat("leave out `", name, "` or `", dimension, "`")}});
  }
  return absl::OkStatus();
}

// Rollups that have the fields, cheapest first.
std::vector<const catalog::Rollup*> Candidates(const ReportQuery& query,
                                               const PlanContext& context) {
  std::vector<std::pair<double, const catalog::Rollup*>> found;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    const std::string name(rollup.name);
    if (!Covers(rollup, query) || query.range.start < context.FirstComplete(name)) continue;
    const auto rows = context.row_counts.find(name);
    const double guess = std::pow(100.0, static_cast<double>(rollup.dimensions.size())) *
                         (rollup.has_minute_tier ? 1 : 100);
    found.emplace_back(rows == context.row_counts.end() ? guess : static_cast<double>(rows->second),
                       &rollup);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const catalog::Rollup*> rollups;
  for (const auto& [rows, rollup] : found) rollups.push_back(rollup);
  return rollups;
}

std::string_view RequestedGrain(const ReportQuery& query) {
  return query.granularity == Granularity::kAll ? "" : GranularityName(query.granularity);
}

absl::Status NoLongerKept(const ReportQuery& query, const Region& region,
                          const PlanContext& context) {
  const bool is_quarter = region.tier == Tier::kQuarterHour;
  return NotRetained(
      {.requested = RequestedGrain(query),
       .tier = region.tier,
       .needed_from = region.range.start,
       .kept_from = KeptFrom(region.tier, context.retention, context.now),
       .finest_available = std::string(TierName(is_quarter ? Tier::kDay : Tier::kQuarterHour)),
       .instead = is_quarter ? absl::StrCat("before it only whole days of ",
                                            context.partner_zone.name(), " can be asked for")
                             : "before it only whole quarter hours can be asked for"});
}

v1::Warning MakeWarning(v1::Warning::Code code, const std::string& field,
                        const std::string& message, const std::string& suggestion) {
  v1::Warning warning;
  warning.set_code(code);
  warning.set_field(field);
  warning.set_message(message);
  warning.set_suggestion(suggestion);
  return warning;
}

// The range without what is older than any row; says so in the plan.
Range Retained(const ReportQuery& query, const PlanContext& context, Plan& plan) {
  const absl::Time oldest = context.now - context.retention.day;
  if (query.range.start >= oldest) return query.range;
  const absl::CivilDay day = absl::ToCivilDay(oldest, context.partner_zone);
  Range range = query.range;
  range.start = std::min(StartOfDay(day, context.partner_zone), range.end);
  plan.completeness =
      absl::FDivDuration(range.end - range.start, query.range.end - query.range.start);
  plan.warnings.push_back(MakeWarning(v1::Warning::RANGE_BEFORE_RETENTION, "time_range",
                                      absl::StrCat("nothing is kept from before ", ShowUtc(oldest)),
                                      absl::StrCat("begin at ", ShowUtc(range.start))));
  return range;
}

absl::Status UseRollup(const catalog::Rollup& rollup, const ReportQuery& query,
                       const PlanContext& context, Plan& plan) {
  const Range range = Retained(query, context, plan);
  if (range.start >= range.end) {
    // Nothing of it is kept; any tier answers that.
    plan.regions = {{.tier = Tier::kDay, .range = query.range}};
  } else if (query.granularity == Granularity::kMinute) {
    plan.regions = {{.tier = Tier::kMinute, .range = range}};
  } else {
    const bool may_use_days = query.partner != 0 && (query.granularity == Granularity::kAll ||
                                                     query.granularity >= Granularity::kDay);
    plan.regions = SplitRange(
        range, plan.edges,
        may_use_days ? DayEdges(range, context.partner_zone) : std::vector<absl::Time>());
  }
  for (Region& region : plan.regions) {
    if (region.tier == Tier::kMinute && !rollup.has_minute_tier) region.tier = Tier::kFacts;
    if (region.tier != Tier::kDay &&
        region.range.start < context.now - KeptFor(region.tier, context.retention)) {
      return NoLongerKept(query, region, context);
    }
  }
  plan.rollup = &rollup;
  return absl::OkStatus();
}

std::string Listed(const catalog::Rollup& rollup) {
  std::vector<std::string> names;
  for (const Dimension dimension : rollup.dimensions) {
    names.emplace_back(catalog::Info(dimension).name);
  }
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

// A rollup that has every field, but begins later than the range; null: there is none.
const catalog::Rollup* LaterRollup(const ReportQuery& query, const PlanContext& context) {
  const catalog::Rollup* earliest = nullptr;
  const auto first = [&](const catalog::Rollup& rollup) {
    return context.FirstComplete(std::string(rollup.name));
  };
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    if (!Covers(rollup, query)) continue;
    if (earliest == nullptr || first(rollup) < first(*earliest)) earliest = &rollup;
  }
  return earliest;
}

// The field, or metric, that keeps the query from the rollup that has the most of it.
absl::Status Uncovered(const ReportQuery& query, const PlanContext& context) {
  const auto fields = query.Fields();
  const auto count_missing = [&](const catalog::Rollup& rollup) {
    return std::count_if(fields.begin(), fields.end(),
                         [&](const Field& field) { return !RollupHas(rollup, field); });
  };
  const auto rollups = catalog::Rollups();
  const catalog::Rollup& nearest = *std::min_element(
      rollups.begin(), rollups.end(),
      [&](const auto& a, const auto& b) { return count_missing(a) < count_missing(b); });
  const auto missing = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return !RollupHas(nearest, field); });
  std::string metric(query.metrics.front()->name);
  for (const catalog::Metric* other : query.metrics) {
    if (!Has(nearest, *other)) metric = std::string(other->name);
  }
  const std::string dimension(missing == fields.end() ? "" : FieldName(*missing));
  const absl::Time from = KeptFrom(Tier::kFacts, context.retention, context.now);
  const std::string fix = absl::StrCat("leave out `", dimension.empty() ? metric : dimension,
                                       "`, or begin the range at or after ", ShowUtc(from));
  return Invalid(
      "INCOMPATIBLE_FIELDS", "dimensions",
      absl::StrCat("dimensions: no rollup has this combination for so long a range; ", fix),
      {{"metric", metric}, {"dimension", dimension}, {"allowed", Listed(nearest)}, {"fix", fix}});
}

absl::Status UseFacts(const ReportQuery& query, const PlanContext& context, Plan& plan) {
  if (query.range.start < context.now - context.retention.facts) {
    const catalog::Rollup* later = LaterRollup(query, context);
    if (later == nullptr) return Uncovered(query, context);
    return NotRetained({.requested = RequestedGrain(query),
                        .tier = Tier::kQuarterHour,
                        .needed_from = query.range.start,
                        .kept_from = context.FirstComplete(std::string(later->name)),
                        .finest_available = std::string(TierName(Tier::kQuarterHour)),
                        .instead = "begin there or later"});
  }
  plan.rollup = nullptr;
  plan.regions = {{.tier = Tier::kFacts, .range = query.range}};
  plan.warnings.push_back(MakeWarning(
      v1::Warning::FACTS_SCANNED, "dimensions",
      "no rollup has this combination of dimensions and metrics; the finest rows were read",
      "use dimensions of one rollup of ListRollups"));
  return absl::OkStatus();
}

}  // namespace

absl::Time PlanContext::FirstComplete(const std::string& rollup) const {
  const auto after = complete_after.find(rollup);
  return after == complete_after.end() ? absl::InfinitePast() : after->second + absl::Minutes(1);
}

absl::StatusOr<Plan> MakePlan(const ReportQuery& query, const PlanContext& context) {
  Plan plan;
  for (const Field& field : query.Fields()) {
    if (field.kind != Field::Kind::kEventType && !field.IsErrorCode()) continue;
    RETURN_IF_ERROR(CheckEventMetrics(query, field));
    plan.by_event_type = true;
    plan.by_error_code = plan.by_error_code || field.IsErrorCode();
  }
  ASSIGN_OR_RETURN(plan.edges, BucketEdges(query.range, query.Buckets()));
  if (NeedsAudience(query)) {
    ASSIGN_OR_RETURN(plan.audience, PlanAudience(query, plan.edges, context));
    if (query.totals && HasPeaks(query)) {
      ASSIGN_OR_RETURN(plan.totals_audience, PlanTotalsAudience(query, context));
    }
    if (query.granularity == Granularity::kTenSeconds || !HasCounts(query)) return plan;
  }
  std::optional<absl::Status> refused;
  for (const catalog::Rollup* rollup : Candidates(query, context)) {
    Plan candidate = plan;
    const absl::Status status = UseRollup(*rollup, query, context, candidate);
    if (status.ok()) return candidate;
    if (!refused.has_value()) refused = status;
  }
  if (refused.has_value()) return *refused;
  RETURN_IF_ERROR(UseFacts(query, context, plan));
  return plan;
}

}  // namespace playhead::query
