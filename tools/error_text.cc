#include "tools/error_text.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tools/display.h"

namespace playhead::tools {
namespace {

// What of an error's metadata helps to ask better.
constexpr const char* kSuggestions[] = {"closest", "allowed",         "fix",  "example",
                                        "limit",   "finestAvailable", "from", "suggestion"};

google::rpc::ErrorInfo GetErrorInfo(const grpc::Status& status) {
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  if (!rich.ParseFromString(status.error_details())) return info;
  for (const auto& detail : rich.details()) {
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) return info;
  }
  return info;
}

}  // namespace

std::string ErrorText(const grpc::Status& status, const std::string& target) {
  const google::rpc::ErrorInfo info = GetErrorInfo(status);
  const std::string message = Printable(status.error_message());
  if (info.reason().empty() && status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return absl::StrCat("cannot reach ", target, ": ", message,
                        "; does it run? (deploy/local.sh status)");
  }
  std::string text = info.reason().empty() ? message : absl::StrCat(info.reason(), ": ", message);
  for (const char* key : kSuggestions) {
    const auto found = info.metadata().find(key);
    // Messages often say it already.
    if (found == info.metadata().end() || found->second.empty()) continue;
    if (absl::StrContains(message, found->second)) continue;
    absl::StrAppend(&text, "; ", key, ": ", Printable(found->second));
  }
  return text;
}

}  // namespace playhead::tools
