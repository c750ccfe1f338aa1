#include "services/ingest/beacon_server.h"

#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/json_log.h"
#include "services/ingest/beacon_answer.h"

namespace playhead::ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// Files besides connections: the log, metrics, listeners.
constexpr rlim_t kOtherFiles = 256;
constexpr std::chrono::milliseconds kAcceptPause{100};

absl::StatusOr<tcp::endpoint> ParseEndpoint(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  std::string host = listen.substr(0, colon);
  unsigned port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(listen, " is not host:port"));
  }
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Error error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return absl::InvalidArgumentError(absl::StrCat(host, " is not an IP address"));
  return tcp::endpoint(address, static_cast<std::uint16_t>(port));
}

// A process may open 1,024 files by default, which is less than one door's connections.
void RaiseFileLimit(int max_connections) {
  rlimit limit{};
  const auto wanted = static_cast<rlim_t>(max_connections) + kOtherFiles;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
    Log(Severity::kWarning, "the limit of open files is below the limit of connections",
        {{"open_files", absl::StrCat(limit.rlim_cur)}});
  }
}

class AsioBeaconServer final : public BeaconServer {
 public:
  AsioBeaconServer(const BeaconServerOptions& options, Ingest& ingest, IngestMetrics& metrics,
                   Clock clock)
      : options_(options),
        clock_(std::move(clock)),
        context_{.ingest = ingest,
                 .metrics = metrics,
                 .clock = clock_,
                 .timeouts = options.timeouts,
                 .is_draining = false},
        acceptor_(asio::make_strand(io_)),
        pause_(acceptor_.get_executor()) {}

  ~AsioBeaconServer() override { Drain(absl::ZeroDuration()); }

  absl::Status Listen() {
    const absl::StatusOr<tcp::endpoint> endpoint = ParseEndpoint(options_.listen);
    if (!endpoint.ok()) return endpoint.status();
    RaiseFileLimit(options_.max_connections);
    Error error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options_.listen, ": ", error.message()));
    }
    Accept();
    for (int i = 0; i < options_.io_threads; ++i) threads_.emplace_back([this] { io_.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  void Drain(absl::Duration limit) override {
    if (threads_.empty()) return;
    context_.is_draining = true;
    asio::post(acceptor_.get_executor(), [this] {
      Error ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      CloseIdle();
    });
    {
      const auto all_closed = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return is_accepting_ == false && connections_.empty();
      };
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&all_closed), limit);
    }
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void Accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](Error error, tcp::socket socket) {
      if (context_.is_draining) {
        absl::MutexLock lock(&mutex_);
        is_accepting_ = false;
        return;
      }
      if (!error) Serve(std::move(socket));
      if (!error) return Accept();
      // Most likely out of files: wait until some are free.
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](Error) { Accept(); });
    });
  }

  void Serve(tcp::socket socket) {
    if (!IsFull()) return Admit(std::move(socket));
    Error ignored;
    // As much of an answer as fits without waiting.
    context_.metrics.refused_connections.Increment();
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(OverloadAnswer(false)), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Only Serve adds connections, one at a time.
  bool IsFull() {
    absl::MutexLock lock(&mutex_);
    return std::ssize(connections_) >= options_.max_connections;
  }

  void Admit(tcp::socket socket) {
    Error ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto connection = std::make_shared<BeaconConnection>(
        std::move(socket), context_, [this](const BeaconConnection* c) { OnClosed(c); });
    {
      absl::MutexLock lock(&mutex_);
      connections_.emplace(connection.get(), connection);
      context_.metrics.connections.Set(static_cast<double>(connections_.size()));
    }
    connection->Start();
  }

  void OnClosed(const BeaconConnection* connection) {
    absl::MutexLock lock(&mutex_);
    connections_.erase(connection);
    context_.metrics.connections.Set(static_cast<double>(connections_.size()));
  }

  void CloseIdle() {
    std::vector<std::shared_ptr<BeaconConnection>> open;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& [key, weak] : connections_) {
        if (auto connection = weak.lock()) open.push_back(std::move(connection));
      }
    }
    for (const auto& connection : open) connection->CloseIfIdle();
  }

  const BeaconServerOptions options_;
  const Clock clock_;
  BeaconContext context_;
  int port_ = 0;

  absl::Mutex mutex_;
  bool is_accepting_ ABSL_GUARDED_BY(mutex_) = true;
  std::unordered_map<const BeaconConnection*, std::weak_ptr<BeaconConnection>> connections_
      ABSL_GUARDED_BY(mutex_);

  // After what connections use in their destructors, which the io_context may call.
  asio::io_context io_;
  // Requests that wait for the log leave nothing to do here, yet their answers must be sent.
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::vector<std::thread> threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<BeaconServer>> BeaconServer::Start(
    const BeaconServerOptions& options, Ingest& ingest, IngestMetrics& metrics, Clock clock) {
  auto server = std::make_unique<AsioBeaconServer>(options, ingest, metrics, std::move(clock));
  const absl::Status status = server->Listen();
  if (!status.ok()) return status;
  return server;
}

}  // namespace playhead::ingest
