#include "services/query/report.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "services/query/metrics_of.h"

namespace playhead::query {
namespace {

absl::Status BadRow() {
  return absl::InternalError("postgres: a row is not of the report's shape");
}

absl::StatusOr<std::int64_t> ToInt(const SqlValue& value) {
  std::int64_t number = 0;
  if (value.has_value() && absl::SimpleAtoi(*value, &number)) return number;
  return BadRow();
}

absl::Status ShowDimension(const ReportQuery& query, const Plan& plan, std::size_t column,
                           const SqlValue& from, v1::Value& value) {
  const std::optional<Field>& field = query.dimensions[column];
  if (!field.has_value()) {
    ASSIGN_OR_RETURN(const std::int64_t bucket, ToInt(from));
    if (bucket < 1 || bucket >= static_cast<std::int64_t>(plan.edges.size())) return BadRow();
    value.set_time_value(ShowTime(plan.edges[static_cast<std::size_t>(bucket - 1)], query.zone));
    return absl::OkStatus();
  }
  if (!field->IsNumber()) {
    if (!from.has_value()) return BadRow();
    value.set_string_value(*from);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::int64_t number, ToInt(from));
  if (field->kind == Field::Kind::kPartner) {
    value.set_int_value(number);
  } else {
    value.set_string_value(ShowEventType(static_cast<int>(number)));
  }
  return absl::OkStatus();
}

absl::Status ShowMetric(const catalog::Metric& metric, const SqlValue& from, v1::Value& value) {
  if (!from.has_value()) {
    value.set_null_reason(v1::Value::DIVISION_BY_ZERO);
    return absl::OkStatus();
  }
  if (IsWhole(metric)) {
    ASSIGN_OR_RETURN(const std::int64_t number, ToInt(from));
    value.set_int_value(number);
    return absl::OkStatus();
  }
  double number = 0;
  if (!absl::SimpleAtod(*from, &number)) return BadRow();
  value.set_double_value(number);
  return absl::OkStatus();
}

v1::Column DimensionColumn(const ReportQuery& query, const std::optional<Field>& field) {
  v1::Column column;
  column.set_name(
      std::string(field.has_value() ? FieldName(*field) : GranularityName(query.granularity)));
  column.set_kind(field.has_value() ? v1::Column::DIMENSION : v1::Column::TIME);
  if (!field.has_value()) {
    column.set_type(v1::Column::TIMESTAMP);
  } else {
    column.set_type(field->kind == Field::Kind::kPartner ? v1::Column::INT : v1::Column::STRING);
  }
  return column;
}

// Rows of viewers add up while they are of the same time.
bool RowsAddUp(const ReportQuery& query, const catalog::Metric& metric) {
  return IsAdditive(metric) ||
         (metric.kind == catalog::MetricKind::kViewers && query.granularity == Granularity::kAll);
}

v1::Column MetricColumn(const ReportQuery& query, const catalog::Metric& metric) {
  v1::Column column;
  column.set_name(std::string(metric.name));
  column.set_kind(v1::Column::METRIC);
  column.set_type(IsWhole(metric) ? v1::Column::INT : v1::Column::DOUBLE);
  column.set_unit(std::string(metric.unit));
  column.set_additive(RowsAddUp(query, metric));
  if (metric.kind == catalog::MetricKind::kSketch) {
    column.set_approximate(true);
    column.set_relative_error_bound(SketchErrorBound());
  }
  return column;
}

v1::PlanRegion Describe(const Region& region) {
  v1::PlanRegion described;
  described.set_grain(std::string(TierName(region.tier)));
  *described.mutable_start_time() = ToProto(region.range.start);
  *described.mutable_end_time() = ToProto(region.range.end);
  return described;
}

std::string RollupName(const Plan& plan) {
  if (plan.regions.empty()) return AudienceName(*plan.audience->audience);
  return std::string(plan.rollup == nullptr ? TierName(Tier::kFacts) : plan.rollup->name);
}

}  // namespace

std::string AudienceName(const catalog::Audience& audience) {
  return absl::StrCat("audience_", std::string(audience.name));
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const std::int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

google::protobuf::RepeatedPtrField<v1::Column> Columns(const ReportQuery& query) {
  google::protobuf::RepeatedPtrField<v1::Column> columns;
  for (const auto& field : query.dimensions) *columns.Add() = DimensionColumn(query, field);
  for (const catalog::Metric* metric : query.metrics) *columns.Add() = MetricColumn(query, *metric);
  return columns;
}

absl::StatusOr<v1::Row> ShowRow(const ReportQuery& query, const Plan& plan, const SqlRow& row) {
  const std::size_t dimensions = query.dimensions.size();
  if (row.size() != dimensions + query.metrics.size()) return BadRow();
  v1::Row shown;
  for (std::size_t i = 0; i < dimensions; ++i) {
    RETURN_IF_ERROR(ShowDimension(query, plan, i, row[i], *shown.add_values()));
  }
  for (std::size_t i = 0; i < query.metrics.size(); ++i) {
    RETURN_IF_ERROR(ShowMetric(*query.metrics[i], row[dimensions + i], *shown.add_values()));
  }
  return shown;
}

absl::StatusOr<v1::Row> ShowTotals(const ReportQuery& query, const SqlRow& row) {
  if (row.size() != query.metrics.size()) return BadRow();
  v1::Row shown;
  for (std::size_t i = 0; i < query.metrics.size(); ++i) {
    RETURN_IF_ERROR(ShowMetric(*query.metrics[i], row[i], *shown.add_values()));
  }
  return shown;
}

v1::ReportMetadata DescribeReport(const ReportQuery& query, const Plan& plan) {
  v1::ReportMetadata metadata;
  *metadata.mutable_start_time() = ToProto(query.range.start);
  *metadata.mutable_end_time() = ToProto(query.range.end);
  metadata.set_time_zone(query.zone.name());
  metadata.set_granularity(std::string(GranularityName(query.granularity)));
  metadata.set_completeness(plan.completeness);
  metadata.set_rollup(RollupName(plan));
  return metadata;
}

v1::ReportPlan DescribePlan(const ReportQuery& query, const Plan& plan) {
  v1::ReportPlan described;
  described.set_rollup(RollupName(plan));
  for (const Region& region : plan.regions) *described.add_regions() = Describe(region);
  if (plan.audience.has_value()) {
    described.set_audience(AudienceName(*plan.audience->audience));
    for (const Region& region : plan.audience->regions) {
      *described.add_audience_regions() = Describe(region);
    }
  }
  for (const Field& field : query.Fields()) {
    described.add_dimensions(std::string(FieldName(field)));
  }
  described.set_bucket_count(static_cast<int>(plan.edges.size()) - 1);
  return described;
}

}  // namespace playhead::query
