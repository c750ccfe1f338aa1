#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "prometheus/registry.h"

namespace playhead {

// Blocks SIGTERM and SIGINT for the whole process; construct it before any thread starts.
class ShutdownSignal {
 public:
  ShutdownSignal();
  // Returns at the first SIGTERM or SIGINT.
  void Wait() const;

 private:
  sigset_t signals_{};
};

struct GrpcServerOptions {
  std::string listen;  // host:port
  // Full names of the services, as health checking knows them besides the server as a whole.
  std::vector<std::string> service_names = {};
  bool reflection = true;
  int max_receive_bytes = 1 << 20;
  int max_send_bytes = 16 << 20;
};

// A running gRPC server with health checking, bounded streams and metadata, no per-message
// decompression and no port sharing. Health says SERVING for the server and its services until
// Drain.
class GrpcServer {
 public:
  // `services` must outlive the server. Unavailable: the port is taken.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const GrpcServerOptions& options, const std::vector<grpc::Service*>& services);

  // Changes what health checking says of the server and of its named services.
  void SetServing(bool serving);

  // The port it listens on: the one asked for, or the one found where that was 0.
  int port() const { return port_; }

  // Health NOT_SERVING, no new calls; running ones get `limit`, then are cancelled. Returns when
  // all have ended.
  void Drain(absl::Duration limit);

 private:
  GrpcServer() = default;
  int port_ = 0;
  std::vector<std::string> service_names_;
  std::unique_ptr<grpc::Server> server_;
};

// GET /metrics, until destroyed.
class MetricsServer {
 public:
  virtual ~MetricsServer() = default;
  // Unavailable: the port is taken.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& listen, const std::shared_ptr<prometheus::Registry>& registry);
};

}  // namespace playhead
