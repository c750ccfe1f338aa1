#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/plan.h"
#include "services/query/report_query.h"
#include "services/query/rollup_reader.h"

namespace playhead::query {

// What the values of each row are: dimensions, then metrics, as asked.
google::protobuf::RepeatedPtrField<v1::Column> Columns(const ReportQuery& query);

// A row of ReportStatement as the API shows it. Internal: not such a row.
absl::StatusOr<v1::Row> ShowRow(const ReportQuery& query, const Plan& plan, const SqlRow& row);

// The row of TotalsStatement: metrics alone.
absl::StatusOr<v1::Row> ShowTotals(const ReportQuery& query, const SqlRow& row);

// Range, zone, granularity, rollup and completeness.
v1::ReportMetadata DescribeReport(const ReportQuery& query, const Plan& plan);

// The plan as `explain` shows it, without SQL.
v1::ReportPlan DescribePlan(const ReportQuery& query, const Plan& plan);

// The name of an audience among those of rollups.
std::string AudienceName(const catalog::Audience& audience);

google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);

}  // namespace playhead::query
