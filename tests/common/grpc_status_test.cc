#include "common/grpc_status.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace playhead {
namespace {

google::rpc::Status Rich(const grpc::Status& status) {
  google::rpc::Status rich;
  EXPECT_TRUE(rich.ParseFromString(status.error_details()));
  return rich;
}

TEST(GrpcStatusTest, OkStaysOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus(), "d").ok()); }

TEST(GrpcStatusTest, CarriesReasonFieldAndRetryDelay) {
  const absl::Status status =
      WithDetails(absl::UnavailableError("log is away"), {.reason = "LOG_AWAY",
                                                          .metadata = {{"held", "12"}},
                                                          .field = "events",
                                                          .retry_after = absl::Milliseconds(1500)});
  const grpc::Status answer = ToGrpcStatus(status, "ingest.playhead");
  EXPECT_EQ(answer.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(answer.error_message(), "log is away");

  const google::rpc::Status rich = Rich(answer);
  ASSERT_EQ(rich.details_size(), 3);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rich.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "LOG_AWAY");
  EXPECT_EQ(info.domain(), "ingest.playhead");
  EXPECT_EQ(info.metadata().at("held"), "12");
  int found = 0;
  for (const auto& detail : rich.details()) {
    google::rpc::RetryInfo retry;
    google::rpc::BadRequest bad_request;
    if (detail.UnpackTo(&retry)) {
      ++found;
      EXPECT_EQ(retry.retry_delay().seconds(), 1);
      EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
    } else if (detail.UnpackTo(&bad_request)) {
      ++found;
      EXPECT_EQ(bad_request.field_violations(0).field(), "events");
    }
  }
  EXPECT_EQ(found, 2);
}

TEST(GrpcStatusTest, AnErrorWithoutDetailsStillHasOneErrorInfo) {
  const google::rpc::Status rich = Rich(ToGrpcStatus(absl::InternalError("bug"), "d"));
  ASSERT_EQ(rich.details_size(), 1);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rich.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "INTERNAL");
}

TEST(GrpcStatusTest, CutsLongMessages) {
  const grpc::Status answer = ToGrpcStatus(absl::InternalError(std::string(5000, 'x')), "d");
  EXPECT_EQ(answer.error_message().size(), 1024U);
}

}  // namespace
}  // namespace playhead
