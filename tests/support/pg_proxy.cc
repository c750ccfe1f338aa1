#include "tests/support/pg_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace playhead::testing {
namespace {

constexpr int kPollMs = 50;

bool SendAll(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

bool Receive(int fd, std::string& buffer) {
  std::array<char, 65536> chunk{};
  const ssize_t n = recv(fd, chunk.data(), chunk.size(), 0);
  if (n <= 0) return false;
  buffer.append(chunk.data(), static_cast<std::size_t>(n));
  return true;
}

// Takes whole messages from the front of a stream.
class Messages {
 public:
  explicit Messages(bool starts_untyped) : is_untyped_(starts_untyped) {}
  std::string buffer;

  std::optional<std::string> Next() {
    const std::size_t head = is_untyped_ ? 0 : 1;
    if (buffer.size() < head + 4) return std::nullopt;
    std::uint32_t length = 0;
    std::memcpy(&length, buffer.data() + head, 4);
    const std::size_t total = head + ntohl(length);
    if (buffer.size() < total) return std::nullopt;
    is_untyped_ = false;
    std::string message = buffer.substr(0, total);
    buffer.erase(0, total);
    return message;
  }

 private:
  bool is_untyped_;
};

bool IsCommit(const std::string& message) {
  return message.size() == 12 && message[0] == 'Q' &&
         message.compare(5, 7, std::string("COMMIT\0", 7)) == 0;
}

// Reads what the server sends until it is ready for the next query.
void AwaitReady(int server, std::string pending) {
  Messages messages(false);
  messages.buffer = std::move(pending);
  while (true) {
    while (const auto message = messages.Next()) {
      if ((*message)[0] == 'Z') return;
    }
    if (!Receive(server, messages.buffer)) return;
  }
}

}  // namespace

PgProxy::PgProxy(std::string host, std::string port)
    : host_(std::move(host)), server_port_(std::move(port)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      listen(listener_, 16) == 0 &&
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port_ = ntohs(address.sin_port);
  }
  acceptor_ = std::thread([this] { Accept(); });
}

PgProxy::~PgProxy() {
  stopping_ = true;
  acceptor_.join();
  close(listener_);
  const std::lock_guard lock(mutex_);
  for (std::thread& thread : threads_) thread.join();
}

void PgProxy::Accept() {
  while (!stopping_) {
    pollfd waiting = {.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kPollMs) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, client] { Serve(client); });
  }
}

void PgProxy::Serve(int client) {
  const int server = ConnectToServer();
  Messages from_client(true);
  std::string from_server;
  bool is_open = server >= 0;
  while (is_open && !stopping_) {
    std::array<pollfd, 2> fds = {{{.fd = client, .events = POLLIN, .revents = 0},
                                  {.fd = server, .events = POLLIN, .revents = 0}}};
    if (poll(fds.data(), fds.size(), kPollMs) <= 0) continue;
    if (fds[1].revents != 0) {
      is_open = Receive(server, from_server) && SendAll(client, from_server);
      from_server.clear();
    }
    if (!is_open || fds[0].revents == 0) continue;
    is_open = Receive(client, from_client.buffer);
    while (const auto message = from_client.Next()) {
      const Cut cut = IsCommit(*message) ? cut_.exchange(Cut::kNone) : Cut::kNone;
      if (cut != Cut::kNone) {
        if (cut == Cut::kAfterCommit && SendAll(server, *message)) AwaitReady(server, from_server);
        ++cut_count_;
        is_open = false;
        break;
      }
      is_open = is_open && SendAll(server, *message);
    }
  }
  close(client);
  if (server >= 0) close(server);
}

int PgProxy::ConnectToServer() const {
  if (host_.starts_with('/')) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = host_ + "/.s.PGSQL." + server_port_;
    if (path.size() < sizeof(address.sun_path))
      std::memcpy(address.sun_path, path.data(), path.size());
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server_port_)));
  const std::string ip = host_ == "localhost" ? "127.0.0.1" : host_;
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) == 1 &&
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

}  // namespace playhead::testing
