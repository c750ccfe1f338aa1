#include <chrono>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/strings.h"
#include "grpcpp/grpcpp.h"
#include "playhead/v1/metadata.grpc.pb.h"
#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/error_text.h"
#include "tools/status_text.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOptions[] = {{"query"}, {"partner"}};
constexpr auto kDeadline = std::chrono::seconds(10);

}  // namespace

int RunStatusCommand(std::span<const std::string> words) {
  const auto arguments = Arguments::Parse(words, kOptions);
  if (!arguments.ok()) return FailUsage(ToStd(arguments.status().message()));
  if (!arguments->positional().empty()) return FailUsage("status takes options only");
  const auto partner = arguments->GetInteger("partner", 0, 1, INT32_MAX);
  if (!partner.ok()) return FailUsage(ToStd(partner.status().message()));

  const std::string target = arguments->Get("query", "127.0.0.1:7073");
  const auto stub =
      v1::Metadata::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  v1::GetDataStatusRequest request;
  request.set_partner_id(static_cast<std::int32_t>(*partner));
  v1::GetDataStatusResponse response;
  const grpc::Status status = stub->GetDataStatus(&context, request, &response);
  if (!status.ok()) return Fail(ErrorText(status, target));
  std::cout << StatusText(response, absl::Now());
  return IsDataFlowing(response) ? 0 : kExitFailed;
}

}  // namespace playhead::tools
