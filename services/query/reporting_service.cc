#include "services/query/reporting_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/grpc_status.h"
#include "common/json_log.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

constexpr int kMaxBatch = 10;

}  // namespace

ReportingServiceImpl::ReportingServiceImpl(ReportRunner& runner, Admission& admission,
                                           QueryMetrics& metrics)
    : runner_(runner), admission_(admission), metrics_(metrics) {}

absl::StatusOr<v1::RunReportResponse> ReportingServiceImpl::Run(const v1::RunReportRequest& request,
                                                                absl::Time deadline) {
  ASSIGN_OR_RETURN(const Admission::Pass pass, admission_.Enter());
  const absl::Time started = absl::Now();
  ASSIGN_OR_RETURN(v1::RunReportResponse response, runner_.Run(request, deadline));
  metrics_.report_seconds.Observe(absl::ToDoubleSeconds(absl::Now() - started));
  metrics_.report_rows.Increment(response.rows_size());
  const bool is_omitted =
      std::any_of(response.warnings().begin(), response.warnings().end(),
                  [](const auto& warning) { return warning.code() == v1::Warning::TAIL_OMITTED; });
  if (is_omitted) metrics_.tails_omitted.Increment();
  return response;
}

grpc::Status ReportingServiceImpl::Finish(const char* rpc, const absl::Status& status) {
  metrics_.calls.Add({{"rpc", rpc}, {"code", absl::StatusCodeToString(status.code())}}).Increment();
  if (status.code() == absl::StatusCode::kInternal) {
    Log(Severity::kError, "a report failed",
        {{"rpc", rpc}, {"error", std::string(ToStd(status.message()))}});
  }
  return ToGrpcStatus(status, kErrorDomain);
}

grpc::Status ReportingServiceImpl::RunReport(grpc::ServerContext* context,
                                             const v1::RunReportRequest* request,
                                             v1::RunReportResponse* response) {
  auto report = Run(*request, DeadlineOf(*context));
  if (report.ok()) *response = std::move(*report);
  return Finish("RunReport", report.status());
}

grpc::Status ReportingServiceImpl::BatchRunReports(grpc::ServerContext* context,
                                                   const v1::BatchRunReportsRequest* request,
                                                   v1::BatchRunReportsResponse* response) {
  if (request->requests_size() == 0) {
    return Finish("BatchRunReports", Invalid("MISSING_FIELD", "requests", "requests is missing",
                                             {{"field", "requests"}}));
  }
  if (request->requests_size() > kMaxBatch) {
    return Finish("BatchRunReports", Invalid("TOO_MANY_VALUES", "requests", "requests: at most 10",
                                             {{"field", "requests"}, {"limit", "10"}}));
  }
  const absl::Time deadline = DeadlineOf(*context);
  for (const v1::RunReportRequest& one : request->requests()) {
    auto report = Run(one, deadline);
    v1::BatchResult& result = *response->add_results();
    if (report.ok()) {
      *result.mutable_report() = std::move(*report);
      continue;
    }
    const std::string details = ToGrpcStatus(report.status(), kErrorDomain).error_details();
    if (!result.mutable_error()->ParseFromString(details)) {
      return Finish("BatchRunReports", absl::InternalError("error details do not parse"));
    }
  }
  return Finish("BatchRunReports", absl::OkStatus());
}

grpc::Status ReportingServiceImpl::CheckReport(grpc::ServerContext* context,
                                               const v1::CheckReportRequest* request,
                                               v1::CheckReportResponse* response) {
  auto checked = runner_.Check(request->report(), DeadlineOf(*context));
  if (checked.ok()) *response = std::move(*checked);
  return Finish("CheckReport", checked.status());
}

grpc::Status ReportingServiceImpl::ExportReport(grpc::ServerContext* /*context*/,
                                                const v1::ExportReportRequest* /*request*/,
                                                grpc::ServerWriter<v1::ExportChunk>* /*writer*/) {
  return Finish("ExportReport", NotServed("ExportReport"));
}

grpc::Status ReportingServiceImpl::WatchReport(
    grpc::ServerContext* /*context*/, const v1::WatchReportRequest* /*request*/,
    grpc::ServerWriter<v1::WatchReportResponse>* /*writer*/) {
  return Finish("WatchReport", NotServed("WatchReport"));
}

}  // namespace playhead::query
