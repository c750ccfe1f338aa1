#include "gtest/gtest.h"
#include "tests/query/services_fixture.h"

namespace playhead::query {
namespace {

struct Bad {
  std::string json;  // of members after partner_id, metrics and time_range
  grpc::StatusCode code;
  std::string reason;
  std::map<std::string, std::string> metadata = {};
};

TEST_F(QueryServicesTest, EveryErrorHasItsReasonAndMetadata) {
  const std::string base = R"("partner_id":7,"metrics":["plays"],"time_range":{"relative":"7d"})";
  constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
  constexpr auto kUnimplemented = grpc::StatusCode::UNIMPLEMENTED;
  const std::vector<Bad> cases = {
      {R"("metrics":["plays"],"time_range":{"relative":"7d"})", kInvalid, "MISSING_FIELD"},
      {R"("partner_id":-1,"metrics":["plays"],"time_range":{"relative":"7d"})", kInvalid,
       "BAD_PARTNER"},
      {R"("all_partners":true,"metrics":["plays"],"time_range":{"relative":"7d"})",
       grpc::StatusCode::PERMISSION_DENIED, "PARTNER_FORBIDDEN"},
      {R"("partner_id":7,"time_range":{"relative":"7d"})", kInvalid, "MISSING_FIELD"},
      {R"("partner_id":7,"metrics":["plys"],"time_range":{"relative":"7d"})",
       kInvalid,
       "UNKNOWN_METRIC",
       {{"name", "plys"}, {"closest", "plays"}}},
      {R"("partner_id":7,"metrics":["plays","play"],"time_range":{"relative":"7d"})", kInvalid,
       "DUPLICATE_FIELD"},
      {R"("partner_id":7,"metrics":["plays"])", kInvalid, "BAD_RANGE"},
      {base + R"(,"dimensions":["contry"])",
       kInvalid,
       "UNKNOWN_DIMENSION",
       {{"name", "contry"}, {"closest", "country"}}},
      {base + R"(,"dimensions":["day","hour"])", kInvalid, "INCOMPATIBLE_FIELDS"},
      {base + R"(,"dimensions":["ten_seconds"])",
       kInvalid,
       "INCOMPATIBLE_FIELDS",
       {{"metric", "plays"},
        {"allowed", "views, viewers, peak_viewers"},
        {"fix", "ask for `minute`, or leave out `plays`"}}},
      {base + R"(,"dimensions":["category"])",
       kUnimplemented,
       "NOT_SERVED",
       {{"field", "dimensions[0]"}, {"value", "category"}}},
      {base + R"(,"filter_string":"category = \"a\"")", kUnimplemented, "NOT_SERVED"},
      {R"("partner_id":7,"metrics":["plays","bandwidth"],"time_range":{"relative":"7d"})",
       kUnimplemented,
       "NOT_SERVED",
       {{"field", "metrics[1]"}, {"value", "bandwidth"}}},
      {R"("partner_id":7,"metrics":["join_time.p95"],"time_range":{"relative":"7d"})",
       kUnimplemented, "NOT_SERVED"},
      {R"("partner_id":7,"metrics":["join_tim.p95"],"time_range":{"relative":"7d"})", kInvalid,
       "UNKNOWN_METRIC"},
      {base + R"(,"accuracy":9)", kUnimplemented, "NOT_SERVED", {{"field", "accuracy"}}},
      {base + R"(,"time_zone":"Mars/Olympus")",
       kInvalid,
       "BAD_TIME_ZONE",
       {{"value", "Mars/Olympus"}, {"example", "Europe/Paris"}}},
      {base + R"(,"filter_string":"country =")", kInvalid, "BAD_FILTER", {{"position", "9"}}},
      {base +
           R"(,"filter_string":"entry=\"a\"","filter":{"filter":{"field":"entry","values":["a"]}})",
       kInvalid, "BAD_FILTER"},
      {base + R"(,"order_by":"entry")", kInvalid, "UNKNOWN_METRIC", {{"closest", "plays"}}},
      {base + R"(,"order_by":"plays sideways")", kInvalid, "BAD_ORDER"},
      {base + R"(,"page_size":-1)", kInvalid, "BAD_PAGE_SIZE"},
      {base + R"(,"page_token":"abc")", kInvalid, "PAGE_TOKEN_MISMATCH"},
      {base + R"(,"traffic":["KIND_UNSPECIFIED"])", kInvalid, "BAD_TRAFFIC"},
      {base + R"(,"metric_specs":[{"metric":"plays"}])",
       kUnimplemented,
       "NOT_SERVED",
       {{"field", "metric_specs"}}},
      {base + R"(,"compare":{})", kUnimplemented, "NOT_SERVED", {{"field", "compare"}}},
      {base + R"(,"top":{"n":3})", kUnimplemented, "NOT_SERVED", {{"field", "top"}}},
      {base + R"(,"having":{})", kUnimplemented, "NOT_SERVED", {{"field", "having"}}},
      {base + R"(,"labels":true)", kUnimplemented, "NOT_SERVED", {{"field", "labels"}}},
      {base + R"(,"fill_gaps":"ZERO")", kUnimplemented, "NOT_SERVED", {{"value", "ZERO"}}},
      {base + R"(,"freshness":"FINAL_ONLY")", kUnimplemented, "NOT_SERVED"},
      {base + R"(,"named_report":"x")", kUnimplemented, "NOT_SERVED"},
      {base + R"(,"totals_by":["entry"])", kUnimplemented, "NOT_SERVED"},
      {base + R"(,"more_time_ranges":[{}])", kUnimplemented, "NOT_SERVED"},
      {R"("partner_id":7,"metrics":["unique_viewers"],"time_range":{"relative":"7d"},
          "accuracy":"EXACT_REQUIRED")",
       grpc::StatusCode::FAILED_PRECONDITION,
       "EXACT_UNAVAILABLE",
       {{"metric", "unique_viewers"}}},
      {R"("partner_id":7,"metrics":["plays"],"dimensions":["minute"],"time_range":{"relative":"60d"})",
       grpc::StatusCode::RESOURCE_EXHAUSTED,
       "QUERY_TOO_LARGE",
       {{"limit", "50000"}}},
      {R"("partner_id":7,"metrics":["plays"],"dimensions":["minute"],"time_range":{"relative":"20d"})",
       grpc::StatusCode::OUT_OF_RANGE,
       "GRAIN_NOT_RETAINED",
       {{"finestAvailable", "quarter_hour"}}},
      {R"("partner_id":7,"metrics":["plays"],"dimensions":["isp"],"time_range":{"relative":"20d"})",
       kInvalid,
       "INCOMPATIBLE_FIELDS",
       {{"dimension", "isp"}}},
  };
  for (const Bad& c : cases) {
    const auto info = ErrorOf("{" + c.json + "}", c.code);
    EXPECT_EQ(info.reason(), c.reason) << c.json;
    for (const auto& [key, value] : c.metadata) {
      EXPECT_EQ(info.metadata().count(key) > 0 ? info.metadata().at(key) : "-", value) << c.json;
    }
    grpc::ClientContext context;
    v1::CheckReportRequest request;
    *request.mutable_report() = FromJson<v1::RunReportRequest>("{" + c.json + "}");
    v1::CheckReportResponse checked;
    ASSERT_TRUE(reporting_->CheckReport(&context, request, &checked).ok()) << c.json;
    if (c.reason == "PAGE_TOKEN_MISMATCH") continue;
    EXPECT_FALSE(checked.valid()) << c.json;
    EXPECT_EQ(checked.error().reason(), c.reason) << c.json;
  }
}

}  // namespace
}  // namespace playhead::query
