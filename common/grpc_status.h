#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"

namespace playhead {

// What callers act on; becomes google.rpc.ErrorInfo, RetryInfo and BadRequest.
struct ErrorDetails {
  std::string reason;                           // UPPER_SNAKE_CASE
  std::map<std::string, std::string> metadata;  // of ErrorInfo
  std::string field;                            // path of the request's field at fault; empty: none
  std::optional<absl::Duration> retry_after;
};

// Attaches details to a status that is not OK; ToGrpcStatus carries them.
absl::Status WithDetails(absl::Status status, const ErrorDetails& details);

// The same code and message (cut at 1 KiB), with details in the trailer `grpc-status-details-bin`.
// `domain` names the service: "reporting.playhead".
grpc::Status ToGrpcStatus(const absl::Status& status, const std::string& domain);

// Code and message, without details.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace playhead
