#include "tests/ingest/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

namespace playhead::ingest {

HttpClient::HttpClient(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) std::abort();
}

HttpClient::~HttpClient() { close(socket_); }

bool HttpClient::Send(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

bool HttpClient::Fill() {
  char buffer[4096];
  const ssize_t n = recv(socket_, buffer, sizeof(buffer), 0);
  if (n <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

HttpAnswer HttpClient::Read(bool has_body) {
  std::size_t head_end = std::string::npos;
  while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return {};
  }
  HttpAnswer answer;
  answer.status = std::atoi(received_.substr(9, 3).c_str());
  std::size_t line = received_.find("\r\n") + 2;
  while (line < head_end + 2) {
    const std::size_t end = received_.find("\r\n", line);
    const std::size_t colon = received_.find(": ", line);
    answer.headers[received_.substr(line, colon - line)] =
        received_.substr(colon + 2, end - colon - 2);
    line = end + 2;
  }
  received_.erase(0, head_end + 4);
  const std::string length = answer.headers["Content-Length"];
  const std::size_t size = has_body ? static_cast<std::size_t>(std::atoi(length.c_str())) : 0;
  while (received_.size() < size) {
    if (!Fill()) return {};
  }
  answer.body = received_.substr(0, size);
  received_.erase(0, size);
  return answer;
}

HttpAnswer HttpClient::Ask(const std::string& bytes) {
  Send(bytes);
  return Read();
}

bool HttpClient::IsClosed() { return !Fill() && received_.empty(); }

std::string Post(const std::string& target, const std::string& body, const std::string& type) {
  return "POST " + target + " HTTP/1.1\r\nHost: h\r\nUser-Agent: test\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string Get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\nUser-Agent: test\r\n\r\n";
}

}  // namespace playhead::ingest
