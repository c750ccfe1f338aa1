#pragma once

#include <memory>

#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/query/metadata_service.h"
#include "services/query/pg_rollup_reader.h"
#include "services/query/reporting_service.h"
#include "tests/query/fake_tail.h"
#include "tests/query/test_store.h"

namespace playhead::query {

inline absl::Time Now() {
  return absl::FromCivil(absl::CivilSecond(2026, 11, 22, 10, 20, 30), absl::UTCTimeZone());
}

template <typename Message>
Message FromJson(const std::string& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  EXPECT_TRUE(status.ok()) << json << status.ToString();
  return message;
}

// The only ErrorInfo of an error; fails the test otherwise.
inline google::rpc::ErrorInfo OnlyInfoOf(const grpc::Status& status) {
  google::rpc::Status rich;
  EXPECT_TRUE(rich.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  int count = 0;
  for (const auto& detail : rich.details()) count += detail.UnpackTo(&info) ? 1 : 0;
  EXPECT_EQ(count, 1);
  EXPECT_EQ(info.domain(), "reporting.playhead");
  return info;
}

// The doors over an in-process channel, on a real store and a fake aggregator.
class QueryServicesTest : public ::testing::Test {
 protected:
  TestEvent Play(const std::string& entry, int minutes_ago, int partner = 7) {
    TestEvent event;
    event.partner = partner;
    event.event_type = 3;
    event.dimension(catalog::Dimension::kEntry) = entry;
    event.minute =
        absl::FromUnixSeconds(absl::ToUnixSeconds(Now()) / 60 * 60) - absl::Minutes(minutes_ago);
    return event;
  }

  std::unique_ptr<RollupReader> Reader(const std::string& dsn) {
    return MakePgRollupReader({.dsn = dsn, .dsn_all = store_.dsn_all(), .pool_size = 2});
  }

  grpc::Status Run(const std::string& json, v1::RunReportResponse& response) {
    grpc::ClientContext context;
    response.Clear();
    return reporting_->RunReport(&context, FromJson<v1::RunReportRequest>(json), &response);
  }
  google::rpc::ErrorInfo ErrorOf(const std::string& json, grpc::StatusCode code) {
    v1::RunReportResponse response;
    const grpc::Status status = Run(json, response);
    EXPECT_EQ(status.error_code(), code) << json << status.error_message();
    return OnlyInfoOf(status);
  }
  std::vector<v1::Warning::Code> Warnings(const v1::RunReportResponse& response) {
    std::vector<v1::Warning::Code> codes;
    for (const auto& warning : response.warnings()) codes.push_back(warning.code());
    return codes;
  }

  TestStore store_;
  FakeTail tail_;
  prometheus::Registry registry_;
  QueryMetrics metrics_{registry_};
  std::unique_ptr<RollupReader> reader_ = Reader(store_.dsn());
  ReportRunner runner_{
      *reader_, tail_,
      ReportRunnerOptions{
          .allow_all_partners = false, .retention = {}, .token_key = "sixteen or more."},
      [] { return Now(); }};
  Admission admission_{1, metrics_};
  ReportingServiceImpl reporting_service_{runner_, admission_, metrics_};
  MetadataServiceImpl metadata_service_{*reader_, tail_, metrics_, {}, [] { return Now(); }};
  std::unique_ptr<grpc::Server> server_ = grpc::ServerBuilder()
                                              .RegisterService(&reporting_service_)
                                              .RegisterService(&metadata_service_)
                                              .BuildAndStart();
  std::unique_ptr<v1::Reporting::Stub> reporting_ =
      v1::Reporting::NewStub(server_->InProcessChannel({}));
  std::unique_ptr<v1::Metadata::Stub> metadata_ =
      v1::Metadata::NewStub(server_->InProcessChannel({}));
};

inline constexpr char kPlaysByEntry[] =
    R"({"partner_id":7,"metrics":["plays"],"dimensions":["entry"],"time_range":{"relative":"7d"}})";
inline constexpr char kPlays[] =
    R"({"partner_id":7,"metrics":["plays"],"time_range":{"relative":"7d"}})";

}  // namespace playhead::query
