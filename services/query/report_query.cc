#include "services/query/report_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/closest_name.h"
#include "common/grpc_status.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "services/query/errors.h"
#include "services/query/metrics_of.h"
#include "services/query/order_by.h"

namespace playhead::query {
namespace {

using Request = v1::RunReportRequest;

absl::Status TooMany(const std::string& field, int count, int limit) {
  return Invalid("TOO_MANY_VALUES", field,
                 absl::StrCat(field, ": ", count, " values; at most ", limit),
                 {{"field", field}, {"limit", absl::StrCat(limit)}});
}

absl::Status Missing(const std::string& field, const std::string& example) {
  return Invalid("MISSING_FIELD", field, absl::StrCat(field, " is missing; for example: ", example),
                 {{"field", field}, {"example", example}});
}

absl::Status Duplicate(const std::string& field, const std::string& name) {
  return Invalid("DUPLICATE_FIELD", field, absl::StrCat(field, ": `", name, "` is named twice"),
                 {{"field", field}, {"name", name}});
}

std::string At(const char* field, int index) { return absl::StrCat(field, "[", index, "]"); }

absl::Status CheckServed(const Request& request) {
  if (request.metric_specs_size() > 0) return NotServed("metric_specs");
  if (request.more_time_ranges_size() > 0) return NotServed("more_time_ranges");
  if (request.has_compare()) return NotServed("compare");
  if (request.has_having()) return NotServed("having");
  if (request.has_top()) return NotServed("top");
  if (request.totals_by_size() > 0) return NotServed("totals_by");
  if (request.fill_gaps() > v1::FillGaps::NONE) {
    return NotServed("fill_gaps", v1::FillGaps::Mode_Name(request.fill_gaps()));
  }
  if (request.freshness() > v1::Freshness::INCLUDE_PROVISIONAL) {
    return NotServed("freshness", v1::Freshness::Mode_Name(request.freshness()));
  }
  if (request.accuracy() > v1::Accuracy::EXACT_REQUIRED) return NotServed("accuracy");
  if (request.labels()) return NotServed("labels");
  if (!request.named_report().empty()) return NotServed("named_report");
  return absl::OkStatus();
}

absl::StatusOr<int> ReadPartner(const Request& request, const QueryContext& context) {
  if (request.all_partners()) {
    if (request.partner_id() != 0) {
      return Invalid("INCOMPATIBLE_FIELDS", "all_partners",
                     "all_partners and partner_id exclude each other",
                     {{"metric", ""},
                      {"dimension", "partner"},
                      {"allowed", "partner_id or all_partners"},
                      {"fix", "leave one of them out"}});
    }
    if (context.allow_all_partners) return 0;
    return WithDetails(
        absl::PermissionDeniedError(
            "all_partners: is not allowed here; give partner_id, or start query with "
            "--allow_all_partners"),
        {.reason = "PARTNER_FORBIDDEN",
         .metadata = {{"scope", "all_partners"}},
         .field = "all_partners",
         .retry_after = std::nullopt});
  }
  if (request.partner_id() == 0) return Missing("partner_id", "4711");
  if (request.partner_id() < 0) {
    return Invalid("BAD_PARTNER", "partner_id",
                   "partner_id: a partner is above 0; for example: 4711",
                   {{"field", "partner_id"}, {"example", "4711"}});
  }
  return request.partner_id();
}

absl::Status ReadMetrics(const Request& request, ReportQuery& query) {
  if (request.metrics_size() == 0) return Missing("metrics", "[\"plays\"]");
  if (request.metrics_size() > kMaxMetrics) {
    return TooMany("metrics", request.metrics_size(), kMaxMetrics);
  }
  for (int i = 0; i < request.metrics_size(); ++i) {
    const catalog::Metric* metric = catalog::FindMetric(request.metrics(i));
    if (metric == nullptr && IsNotServedYet(request.metrics(i))) {
      return NotServed(At("metrics", i), request.metrics(i));
    }
    if (metric == nullptr) {
      std::vector<std::string> names;
      for (const catalog::Metric& known : catalog::Metrics()) names.emplace_back(known.name);
      return UnknownName("UNKNOWN_METRIC", At("metrics", i), request.metrics(i), names);
    }
    if (std::find(query.metrics.begin(), query.metrics.end(), metric) != query.metrics.end()) {
      return Duplicate(At("metrics", i), std::string(metric->name));
    }
    query.metrics.push_back(metric);
  }
  return absl::OkStatus();
}

absl::Status ReadTimeDimension(Granularity granularity, const std::string& field,
                               ReportQuery& query) {
  if (query.granularity != Granularity::kAll) {
    const std::string first(GranularityName(query.granularity));
    return Invalid(
        "INCOMPATIBLE_FIELDS", field,
        absl::StrCat(field, ": a report has one time dimension, and `", first, "` is one already"),
        {{"metric", ""},
         {"dimension", std::string(GranularityName(granularity))},
         {"allowed", first},
         {"fix", "leave one of them out"}});
  }
  query.granularity = granularity;
  query.dimensions.emplace_back(std::nullopt);
  return absl::OkStatus();
}

absl::Status ReadDimensions(const Request& request, ReportQuery& query) {
  if (request.dimensions_size() > kMaxDimensions) {
    return TooMany("dimensions", request.dimensions_size(), kMaxDimensions);
  }
  for (int i = 0; i < request.dimensions_size(); ++i) {
    const std::string& name = request.dimensions(i);
    const std::string path = At("dimensions", i);
    if (IsNotServedYet(name)) return NotServed(path, name);
    if (const auto granularity = FindGranularity(name)) {
      RETURN_IF_ERROR(ReadTimeDimension(*granularity, path, query));
      continue;
    }
    const auto field = FindField(name);
    if (!field.has_value()) {
      std::vector<std::string> names = FieldNames();
      for (std::string& granularity : GranularityNames()) names.push_back(std::move(granularity));
      return UnknownName("UNKNOWN_DIMENSION", path, name, names);
    }
    if (std::find(query.dimensions.begin(), query.dimensions.end(), field) !=
        query.dimensions.end()) {
      return Duplicate(path, std::string(FieldName(*field)));
    }
    query.dimensions.push_back(field);
  }
  return absl::OkStatus();
}

absl::Status ReadTraffic(const Request& request, ReportQuery& query) {
  for (const int kind : request.traffic()) {
    std::string text;
    if (kind == v1::Traffic::BOT) {
      text = "bot";
    } else if (kind == v1::Traffic::INTERNAL) {
      text = "internal";
    } else if (kind == v1::Traffic::UNKNOWN) {
      text = "unknown";
    } else if (kind != v1::Traffic::HUMAN) {
      return Invalid("BAD_TRAFFIC", "traffic",
                     "traffic: known kinds are HUMAN, BOT, INTERNAL, UNKNOWN",
                     {{"value", absl::StrCat(kind)}, {"example", "HUMAN"}});
    }
    if (std::find(query.traffic.begin(), query.traffic.end(), text) != query.traffic.end()) {
      return Duplicate("traffic", text.empty() ? "human" : text);
    }
    query.traffic.push_back(text);
  }
  return absl::OkStatus();
}

absl::Status ReadFilter(const Request& request, ReportQuery& query) {
  if (request.has_filter() && !request.filter_string().empty()) {
    return BadFilter("filter", "filter and filter_string exclude each other", 0, "");
  }
  if (request.has_filter()) {
    ASSIGN_OR_RETURN(query.filter, FilterFromProto(request.filter()));
  } else if (!request.filter_string().empty()) {
    ASSIGN_OR_RETURN(query.filter, ParseFilter(request.filter_string()));
  }
  return absl::OkStatus();
}

absl::Status ReadTime(const Request& request, const QueryContext& context, ReportQuery& query) {
  const int day = request.week_start();
  if (day < 0 || day > v1::SUNDAY) {
    return Invalid("BAD_RANGE", "week_start", "week_start: known days are MONDAY to SUNDAY",
                   {{"position", "0"}, {"value", absl::StrCat(day)}, {"example", "MONDAY"}});
  }
  if (day > 0) query.week_start = static_cast<absl::Weekday>(day - 1);
  const std::string& zone =
      request.time_zone().empty() ? context.default_zone : request.time_zone();
  ASSIGN_OR_RETURN(query.zone, FindTimeZone(zone));
  ASSIGN_OR_RETURN(query.range, ResolveRange(request.time_range(),
                                             {.now = context.now,
                                              .zone = query.zone,
                                              .week_start = query.week_start,
                                              .step = query.granularity == Granularity::kTenSeconds
                                                          ? absl::Seconds(10)
                                                          : absl::Minutes(1)}));
  return BucketEdges(query.range, query.Buckets()).status();
}

// Of other metrics than those of audiences, minutes are the finest.
absl::Status CheckTenSeconds(const ReportQuery& query) {
  if (query.granularity != Granularity::kTenSeconds) return absl::OkStatus();
  for (const catalog::Metric* metric : query.metrics) {
    if (IsOfAudiences(*metric)) continue;
    const std::string name(metric->name);
    const std::string dimension(GranularityName(Granularity::kTenSeconds));
    const std::string fix = absl::StrCat("ask for `minute`, or leave out `", name, "`");
    return Invalid("INCOMPATIBLE_FIELDS", "dimensions",
                   absl::StrCat("dimensions: `", name, "` is not kept by `", dimension, "`; ", fix),
                   {{"metric", name},
                    {"dimension", dimension},
                    {"allowed", "views, viewers, peak_viewers"},
                    {"fix", fix}});
  }
  return absl::OkStatus();
}

absl::Status CheckAccuracy(const Request& request, const ReportQuery& query) {
  if (request.accuracy() != v1::Accuracy::EXACT_REQUIRED) return absl::OkStatus();
  for (const catalog::Metric* metric : query.metrics) {
    if (metric->kind != catalog::MetricKind::kSketch) continue;
    return WithDetails(absl::FailedPreconditionError(absl::StrCat(
                           "metrics: `", std::string(metric->name), "` is approximate")),
                       {.reason = "EXACT_UNAVAILABLE",
                        .metadata = {{"metric", std::string(metric->name)}},
                        .field = "metrics",
                        .retry_after = std::nullopt});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UnknownName(const std::string& reason, const std::string& field,
                         const std::string& name, const std::vector<std::string>& candidates) {
  const std::string closest = ClosestName(name, candidates);
  const std::string shown = Shown(ValidUtf8(name));
  const char* what = reason == "UNKNOWN_METRIC" ? "metric" : "dimension";
  return Invalid(
      reason, field,
      absl::StrCat(field, ": there is no ", what, " `", shown, "` here; closest: `", closest, "`"),
      {{"name", shown}, {"closest", closest}});
}

std::set<Field> ReportQuery::Fields() const {
  std::set<Field> fields = {
      Field{.kind = Field::Kind::kStored, .stored = catalog::Dimension::kTraffic}};
  for (const auto& dimension : dimensions) {
    if (dimension.has_value()) fields.insert(*dimension);
  }
  if (filter.has_value()) {
    for (const Field& field : FilterFields(*filter)) fields.insert(field);
  }
  return fields;
}

absl::StatusOr<ReportQuery> ParseRequest(const v1::RunReportRequest& request,
                                         const QueryContext& context) {
  ReportQuery query;
  // As page tokens keep it.
  query.now = absl::FromUnixMillis(absl::ToUnixMillis(context.now));
  ASSIGN_OR_RETURN(query.partner, ReadPartner(request, context));
  RETURN_IF_ERROR(CheckServed(request));
  RETURN_IF_ERROR(ReadMetrics(request, query));
  RETURN_IF_ERROR(ReadDimensions(request, query));
  RETURN_IF_ERROR(CheckTenSeconds(query));
  RETURN_IF_ERROR(ReadFilter(request, query));
  RETURN_IF_ERROR(ReadTraffic(request, query));
  RETURN_IF_ERROR(ReadTime(request, context, query));
  RETURN_IF_ERROR(CheckAccuracy(request, query));
  ASSIGN_OR_RETURN(query.order, ParseOrderBy(request.order_by(), query));
  if (request.page_size() < 0) {
    return Invalid("BAD_PAGE_SIZE", "page_size", "page_size: 1 to 50,000, or 0 for 1,000",
                   {{"value", absl::StrCat(request.page_size())}, {"example", "1000"}});
  }
  if (request.page_size() > 0) query.page_size = std::min(request.page_size(), kMaxPageSize);
  query.totals = request.totals();
  query.count_rows = request.count_rows();
  query.explain = request.explain();
  return query;
}

}  // namespace playhead::query
