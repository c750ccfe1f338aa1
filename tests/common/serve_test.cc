#include "common/serve.h"

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"

namespace playhead {
namespace {

grpc::health::v1::HealthCheckResponse::ServingStatus Check(int port, const std::string& service) {
  const auto channel =
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
  const auto stub = grpc::health::v1::Health::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.status();
}

using grpc::health::v1::HealthCheckResponse;

TEST(ServeTest, HealthFollowsWhatItIsTold) {
  const auto server =
      GrpcServer::Start({.listen = "127.0.0.1:0", .service_names = {"playhead.v1.Reporting"}}, {});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(Check((*server)->port(), ""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check((*server)->port(), "playhead.v1.Reporting"), HealthCheckResponse::SERVING);
  (*server)->SetServing(false);
  EXPECT_EQ(Check((*server)->port(), ""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Check((*server)->port(), "playhead.v1.Reporting"), HealthCheckResponse::NOT_SERVING);
  (*server)->Drain(absl::Seconds(1));
}

TEST(ServeTest, ATakenPortIsAnError) {
  const auto first = GrpcServer::Start({.listen = "127.0.0.1:0"}, {});
  ASSERT_TRUE(first.ok());
  const auto second =
      GrpcServer::Start({.listen = absl::StrCat("127.0.0.1:", (*first)->port())}, {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  (*first)->Drain(absl::Seconds(1));
}

}  // namespace
}  // namespace playhead
