#include <cstdlib>
#include <memory>

#include "common/grpc_status.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "playhead/v1/reporting.grpc.pb.h"
#include "tools/commands.h"

namespace playhead::tools {
namespace {

using testing::HasSubstr;

// Answers pages of one row each: plays 1, 2, 3.
class FakeReporting final : public v1::Reporting::Service {
 public:
  grpc::Status RunReport(grpc::ServerContext* /*context*/, const v1::RunReportRequest* request,
                         v1::RunReportResponse* response) override {
    if (request->metrics(0) != "plays") {
      return ToGrpcStatus(WithDetails(absl::InvalidArgumentError("no such metric"),
                                      {.reason = "UNKNOWN_METRIC",
                                       .metadata = {{"closest", "plays"}},
                                       .field = "metrics[0]",
                                       .retry_after = {}}),
                          "reporting.playhead");
    }
    auto& column = *response->add_columns();
    column.set_name("plays");
    column.set_type(v1::Column::INT);
    const int page = request->page_token().empty() ? 1 : std::atoi(request->page_token().c_str());
    response->add_rows()->add_values()->set_int_value(page);
    if (page < 3) response->set_next_page_token(std::to_string(page + 1));
    return grpc::Status::OK;
  }
};

class ReportCommandTest : public testing::Test {
 protected:
  ReportCommandTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    target_ = "127.0.0.1:" + std::to_string(port);
  }

  int Run(std::vector<std::string> words) {
    words.insert(words.end(), {"--query", target_});
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = RunReportCommand(words);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  FakeReporting service_;
  std::unique_ptr<grpc::Server> server_;
  std::string target_;
  std::string out_;
  std::string err_;
};

TEST_F(ReportCommandTest, CollectsAllPages) {
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plays"}), 0);
  EXPECT_EQ(out_, "plays\n-----\n    1\n    2\n    3\n");
  EXPECT_EQ(err_, "");
}

TEST_F(ReportCommandTest, SaysThatALimitCutTheRows) {
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plays", "--limit", "2", "--format", "csv"}), 0);
  EXPECT_EQ(out_, "plays\r\n1\r\n2\r\n");
  EXPECT_THAT(err_, HasSubstr("only the first 2 rows"));
}

TEST_F(ReportCommandTest, AsksForMoreRowsOnlyWhoDidNotChoose) {
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plays", "--limit", "2"}), 0);
  EXPECT_EQ(out_, "plays\n-----\n    1\n    2\n");
  EXPECT_EQ(err_, "");
}

TEST_F(ReportCommandTest, DrawsOneMetricByOneDimension) {
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plays", "--format", "chart"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("this report has --metrics plays and no --dimensions"));
  EXPECT_EQ(
      Run({"--partner", "1", "--metrics", "plays", "--dimensions", "minute", "--format", "chart"}),
      kExitFailed);
  EXPECT_THAT(err_, HasSubstr("the answer has 1 columns instead of 2"));
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plays", "--width", "wide"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--width wide"));
}

TEST_F(ReportCommandTest, FailsWithOneLineThatSuggests) {
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plas"}), kExitFailed);
  EXPECT_EQ(out_, "");
  EXPECT_EQ(err_, "playhead: UNKNOWN_METRIC: no such metric; closest: plays\n");
}

TEST_F(ReportCommandTest, TellsWrongUseApart) {
  EXPECT_EQ(Run({"--partner", "1"}), kExitUsage);
  EXPECT_EQ(Run({"--partner", "1", "--metrics", "plays", "--format", "xml"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--format xml is not table, chart, csv or json"));
}

TEST(HealthCommandTest, FailsWhereNothingListens) {
  const std::vector<std::string> words = {"127.0.0.1:1"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunHealthCommand(words), kExitFailed);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace playhead::tools
