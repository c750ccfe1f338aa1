#pragma once

#include "playhead/v1/reporting.grpc.pb.h"
#include "services/query/admission.h"
#include "services/query/query_metrics.h"
#include "services/query/report_runner.h"

namespace playhead::query {

// The gRPC door of reports.
class ReportingServiceImpl final : public v1::Reporting::Service {
 public:
  // All must outlive the service.
  ReportingServiceImpl(ReportRunner& runner, Admission& admission, QueryMetrics& metrics);

  grpc::Status RunReport(grpc::ServerContext* context, const v1::RunReportRequest* request,
                         v1::RunReportResponse* response) override;
  grpc::Status BatchRunReports(grpc::ServerContext* context,
                               const v1::BatchRunReportsRequest* request,
                               v1::BatchRunReportsResponse* response) override;
  grpc::Status CheckReport(grpc::ServerContext* context, const v1::CheckReportRequest* request,
                           v1::CheckReportResponse* response) override;
  grpc::Status ExportReport(grpc::ServerContext* context, const v1::ExportReportRequest* request,
                            grpc::ServerWriter<v1::ExportChunk>* writer) override;
  grpc::Status WatchReport(grpc::ServerContext* context, const v1::WatchReportRequest* request,
                           grpc::ServerWriter<v1::WatchReportResponse>* writer) override;

 private:
  absl::StatusOr<v1::RunReportResponse> Run(const v1::RunReportRequest& request,
                                            absl::Time deadline);
  // Counts the call; logs what is a bug.
  grpc::Status Finish(const char* rpc, const absl::Status& status);

  ReportRunner& runner_;
  Admission& admission_;
  QueryMetrics& metrics_;
};

}  // namespace playhead::query
