#include "tools/error_text.h"

#include "common/grpc_status.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

TEST(ErrorTextTest, ShowsReasonMessageAndSuggestion) {
  const grpc::Status status =
      ToGrpcStatus(WithDetails(absl::InvalidArgumentError("there is no metric \"plas\""),
                               {.reason = "UNKNOWN_METRIC",
                                .metadata = {{"closest", "plays"}, {"name", "plas"}},
                                .field = "metrics[0]",
                                .retry_after = {}}),
                   "reporting.playhead");
  EXPECT_EQ(ErrorText(status, "x:1"),
            "UNKNOWN_METRIC: there is no metric \"plas\"; closest: plays");
}

TEST(ErrorTextTest, DoesNotSayASuggestionTwice) {
  const grpc::Status status =
      ToGrpcStatus(WithDetails(absl::InvalidArgumentError("no plas; did you mean plays?"),
                               {.reason = "UNKNOWN_METRIC",
                                .metadata = {{"closest", "plays"}},
                                .field = "",
                                .retry_after = {}}),
                   "reporting.playhead");
  EXPECT_EQ(ErrorText(status, "x:1"), "UNKNOWN_METRIC: no plas; did you mean plays?");
}

TEST(ErrorTextTest, SaysWhereItCouldNotReach) {
  EXPECT_EQ(ErrorText({grpc::StatusCode::UNAVAILABLE, "refused"}, "127.0.0.1:7073"),
            "cannot reach 127.0.0.1:7073: refused; does it run? (deploy/local.sh status)");
}

TEST(ErrorTextTest, ShowsTheMessageWithoutDetailsOnOneLine) {
  EXPECT_EQ(ErrorText({grpc::StatusCode::INTERNAL, "a\nb"}, "x:1"), "a\uFFFDb");
}

}  // namespace
}  // namespace playhead::tools
