#include "common/serve.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/resource_quota.h"
#include "prometheus/exposer.h"

namespace playhead {
namespace {

constexpr int kMaxStreams = 100;
constexpr int kMaxMetadataBytes = 16 << 10;
constexpr int kHandshakeTimeoutMs = 10'000;
constexpr int kMinPingIntervalMs = 20'000;
constexpr int kMaxThreads = 64;
constexpr std::size_t kMaxMemoryBytes = std::size_t{512} << 20;

class ExposerServer final : public MetricsServer {
 public:
  ExposerServer(const std::string& listen, const std::shared_ptr<prometheus::Registry>& registry)
      : registry_(registry), exposer_(listen, 1) {
    exposer_.RegisterCollectable(registry_);
  }

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Exposer exposer_;
};

// The reflection library adds itself to every server of the process; this takes it out again.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins,
                  [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

void SetLimits(grpc::ServerBuilder& builder, const GrpcServerOptions& options) {
  grpc::ResourceQuota quota("playhead");
  quota.Resize(kMaxMemoryBytes).SetMaxThreads(kMaxThreads);
  builder.SetResourceQuota(quota)
      .SetMaxReceiveMessageSize(options.max_receive_bytes)
      .SetMaxSendMessageSize(options.max_send_bytes)
      // With SO_REUSEPORT, gRPC's default, a second process would silently share the port.
      .AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0)
      // A small compressed message could unpack to any size before limits are checked.
      .AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0)
      .AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams)
      .AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes)
      .AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs)
      .AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
}

}  // namespace

ShutdownSignal::ShutdownSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

void ShutdownSignal::Wait() const {
  int signal = 0;
  sigwait(&signals_, &signal);
}

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    const GrpcServerOptions& options, const std::vector<grpc::Service*>& services) {
  grpc::EnableDefaultHealthCheckService(true);
  // Links health.proto in, so that reflection can describe the built-in service.
  grpc::health::v1::HealthCheckRequest::descriptor();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  if (!options.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  SetLimits(builder, options);
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  for (grpc::Service* service : services) builder.RegisterService(service);

  std::unique_ptr<GrpcServer> server(new GrpcServer());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen));
  }
  server->port_ = port;
  server->service_names_ = options.service_names;
  server->SetServing(true);
  return server;
}

void GrpcServer::SetServing(bool serving) {
  // The one-argument form says it of the services that were named before, and of the server.
  for (const std::string& name : service_names_) {
    server_->GetHealthCheckService()->SetServingStatus(name, serving);
  }
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void GrpcServer::Drain(absl::Duration limit) {
  SetServing(false);
  server_->Shutdown(absl::ToChronoTime(absl::Now() + limit));
  server_->Wait();
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& listen, const std::shared_ptr<prometheus::Registry>& registry) {
  // The exposer reports a taken port by exception.
  try {
    return std::make_unique<ExposerServer>(listen, registry);
  } catch (const std::exception& e) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", listen, ": ", e.what()));
  }
}

}  // namespace playhead
