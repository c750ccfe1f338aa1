#include "services/query/plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/grpc_status.h"
#include "common/status_macros.h"
#include "services/query/errors.h"
#include "services/query/metrics_of.h"

namespace playhead::query {
namespace {

using catalog::Dimension;

std::string ShowUtc(absl::Time time) { return ShowTime(time, absl::UTCTimeZone()); }

bool RollupHas(const catalog::Rollup& rollup, const Field& field) {
  if (field.kind != Field::Kind::kStored || field.stored == Dimension::kTraffic) return true;
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
    if (!Covers(rollup, query) || context.incomplete_rollups.contains(name)) continue;
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

// From when on rows are kept: an instant that ranges may begin at, and still may in some minutes.
absl::Time KeptFrom(Tier tier, const PlanContext& context) {
  const absl::Duration since = context.now - context.retentions.Of(tier) - absl::UnixEpoch();
  return absl::UnixEpoch() + absl::Ceil(since, absl::Minutes(15));
}

absl::Status NotRetained(const ReportQuery& query, const Region& region,
                         const PlanContext& context) {
  const absl::Time from = KeptFrom(region.tier, context);
  const bool is_quarter = region.tier == Tier::kQuarterHour;
  const std::string finest(TierName(is_quarter ? Tier::kDay : Tier::kQuarterHour));
  const std::string requested(query.granularity == Granularity::kAll
                                  ? TierName(region.tier)
                                  : GranularityName(query.granularity));
  const std::string why =
      is_quarter ? absl::StrCat("before it only whole days of ", context.partner_zone.name())
                 : "before it only whole quarter hours";
  return WithDetails(
      absl::OutOfRangeError(
          absl::StrCat("time_range: ", requested, " needs ", std::string(TierName(region.tier)),
                       " rows from ", ShowUtc(region.range.start), " on, and they are kept from ",
                       ShowUtc(from), " on; ", why, " can be asked for")),
      {.reason = "GRAIN_NOT_RETAINED",
       .metadata = {{"requested", requested}, {"finestAvailable", finest}, {"from", ShowUtc(from)}},
       .field = "time_range",
       .retry_after = std::nullopt});
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
  const absl::Time oldest = context.now - context.retentions.day;
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
        region.range.start < context.now - context.retentions.Of(region.tier)) {
      return NotRetained(query, region, context);
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
  const absl::Time from = KeptFrom(Tier::kFacts, context);
  const std::string fix = absl::StrCat("leave out `", dimension.empty() ? metric : dimension,
                                       "`, or begin the range at or after ", ShowUtc(from));
  return Invalid(
      "INCOMPATIBLE_FIELDS", "dimensions",
      absl::StrCat("dimensions: no rollup has this combination for so long a range; ", fix),
      {{"metric", metric}, {"dimension", dimension}, {"allowed", Listed(nearest)}, {"fix", fix}});
}

absl::Status UseFacts(const ReportQuery& query, const PlanContext& context, Plan& plan) {
  if (query.range.start < context.now - context.retentions.facts) {
    return Uncovered(query, context);
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

std::string_view TierName(Tier tier) {
  switch (tier) {
    case Tier::kFacts:
      return "facts";
    case Tier::kMinute:
      return catalog::GrainName(catalog::Grain::kMinute);
    case Tier::kQuarterHour:
      return catalog::GrainName(catalog::Grain::kQuarterHour);
    case Tier::kDay:
      return catalog::GrainName(catalog::Grain::kDay);
  }
  return "";
}

absl::Duration Retentions::Of(Tier tier) const {
  switch (tier) {
    case Tier::kFacts:
      return facts;
    case Tier::kMinute:
      return minute;
    case Tier::kQuarterHour:
      return quarter_hour;
    case Tier::kDay:
      return day;
  }
  return {};
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
