#include <chrono>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/strings.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tools/arguments.h"
#include "tools/commands.h"

namespace playhead::tools {

int RunHealthCommand(std::span<const std::string> words) {
  const auto arguments = Arguments::Parse(words, {});
  if (!arguments.ok()) return FailUsage(ToStd(arguments.status().message()));
  if (arguments->positional().size() != 1) return FailUsage("health needs one HOST:PORT");
  const std::string& target = arguments->positional()[0];
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, {}, &response);
  if (!status.ok()) return Fail(absl::StrCat(target, ": ", status.error_message()));
  const std::string text =
      grpc::health::v1::HealthCheckResponse::ServingStatus_Name(response.status());
  std::cout << text << "\n";
  return response.status() == grpc::health::v1::HealthCheckResponse::SERVING ? 0 : kExitFailed;
}

}  // namespace playhead::tools
