#include "common/grpc_status.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace playhead {
namespace {

constexpr std::size_t kMaxMessageBytes = 1024;
// Payloads of absl::Status by type URL, as google.protobuf.Any has them.
constexpr char kTypePrefix[] = "type.googleapis.com/";

static_assert(static_cast<int>(absl::StatusCode::kUnauthenticated) ==
              static_cast<int>(grpc::StatusCode::UNAUTHENTICATED));

template <typename Message>
void SetPayload(absl::Status& status, const Message& message) {
  status.SetPayload(kTypePrefix + message.GetTypeName(), absl::Cord(message.SerializeAsString()));
}

google::rpc::ErrorInfo GetErrorInfo(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload(kTypePrefix + info.GetTypeName());
  // What WithDetails attached parses; anything else leaves the info empty.
  if (!payload.has_value() || !info.ParseFromString(std::string(*payload))) info.Clear();
  return info;
}

}  // namespace

absl::Status WithDetails(absl::Status status, const ErrorDetails& details) {
  google::rpc::ErrorInfo info;
  info.set_reason(details.reason);
  info.mutable_metadata()->insert(details.metadata.begin(), details.metadata.end());
  SetPayload(status, info);
  if (!details.field.empty()) {
    google::rpc::BadRequest bad_request;
    auto& violation = *bad_request.add_field_violations();
    violation.set_field(details.field);
    violation.set_description(std::string(ToStd(status.message())));
    SetPayload(status, bad_request);
  }
  if (details.retry_after.has_value()) {
    google::rpc::RetryInfo retry;
    const std::int64_t nanos = absl::ToInt64Nanoseconds(*details.retry_after);
    retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
    retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(nanos % 1'000'000'000));
    SetPayload(status, retry);
  }
  return status;
}

grpc::Status ToGrpcStatus(const absl::Status& status, const std::string& domain) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status rich;
  rich.set_code(static_cast<int>(status.code()));
  rich.set_message(std::string(CutUtf8(ToStd(status.message()), kMaxMessageBytes)));
  google::rpc::ErrorInfo info = GetErrorInfo(status);
  if (info.reason().empty()) info.set_reason(absl::StatusCodeToString(status.code()));
  info.set_domain(domain);
  rich.add_details()->PackFrom(info);
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    if (type_url == kTypePrefix + info.GetTypeName()) return;
    auto& detail = *rich.add_details();
    detail.set_type_url(std::string(ToStd(type_url)));
    detail.set_value(std::string(payload));
  });
  return {static_cast<grpc::StatusCode>(status.code()), rich.message(), rich.SerializeAsString()};
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

}  // namespace playhead
