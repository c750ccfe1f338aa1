#include "tools/http_connection.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/connect.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "common/strings.h"

namespace playhead::tools {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

constexpr std::uint64_t kMaxAnswerBytes = 1 << 20;

http::request<http::string_body> MakeRequest(const RecordedRequest& recorded,
                                             const HttpTarget& target) {
  http::request<http::string_body> request;
  request.method_string(recorded.method);
  request.target(recorded.target);
  request.version(11);
  for (const auto& [name, value] : recorded.headers) request.insert(name, value);
  request.set(http::field::host, absl::StrCat(target.host, ":", target.port));
  request.keep_alive(true);
  request.body() = recorded.body;
  if (!recorded.body.empty() || recorded.method == "POST") request.prepare_payload();
  return request;
}

Answer MakeAnswer(http::response<http::string_body> response) {
  const auto header = [&response](std::string_view name) {
    return std::string(response[beast::string_view(name.data(), name.size())]);
  };
  return {.status = static_cast<int>(response.result_int()),
          .allow_origin = header("access-control-allow-origin"),
          .allow_methods = header("access-control-allow-methods"),
          .allow_headers = header("access-control-allow-headers"),
          .body = std::move(response.body())};
}

}  // namespace

absl::StatusOr<HttpTarget> ParseHttpTarget(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  const auto refuse = [&url] {
    return absl::InvalidArgumentError(
        absl::StrCat(url, " is not http://HOST:PORT, such as http://127.0.0.1:7070"));
  };
  if (!url.starts_with(kScheme)) return refuse();
  std::string rest = url.substr(kScheme.size());
  if (rest.ends_with('/')) rest.pop_back();
  if (rest.empty() || rest.find_first_of("/?#@ ") != std::string::npos) return refuse();
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string::npos && rest.find(']', colon) == std::string::npos;
  HttpTarget target{.host = rest.substr(0, has_port ? colon : rest.size()),
                    .port = has_port ? rest.substr(colon + 1) : "80"};
  if (target.host.starts_with('[') && target.host.ends_with(']')) {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  const bool is_number = target.port.find_first_not_of("0123456789") == std::string::npos;
  if (target.host.empty() || target.port.empty() || !is_number) return refuse();
  return target;
}

class HttpConnection::Impl {
 public:
  Impl(HttpTarget target, absl::Duration limit)
      : target_(std::move(target)), limit_(absl::ToChronoMilliseconds(limit)) {}

  absl::StatusOr<Answer> Send(const RecordedRequest& recorded) {
    if (!stream_) {
      if (absl::Status status = Connect(); !status.ok()) return status;
    }
    absl::StatusOr<Answer> answer = Exchange(recorded);
    if (!answer.ok()) stream_.reset();
    return answer;
  }

 private:
  // Runs one asynchronous step, which alone can have a time limit, to its end.
  template <typename Step>
  absl::Status Run(std::string_view what, Step step) {
    beast::error_code error;
    stream_->expires_after(limit_);
    step([&error](beast::error_code result, auto&&...) { error = result; });
    context_.restart();
    context_.run();
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("cannot ", ToAbsl(what), " ", target_.host, ":",
                                               target_.port, ": ", error.message()));
  }

  absl::Status Connect() {
    beast::error_code error;
    const auto addresses = tcp::resolver(context_).resolve(target_.host, target_.port, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot resolve ", target_.host, ": ", error.message()));
    }
    stream_.emplace(context_);
    buffer_.clear();
    absl::Status status =
        Run("connect to", [&](auto done) { stream_->async_connect(addresses, std::move(done)); });
    if (!status.ok()) {
      stream_.reset();
      return status;
    }
    stream_->socket().set_option(tcp::no_delay(true), error);
    return absl::OkStatus();
  }

  absl::StatusOr<Answer> Exchange(const RecordedRequest& recorded) {
    const auto request = MakeRequest(recorded, target_);
    absl::Status status =
        Run("write to", [&](auto done) { http::async_write(*stream_, request, std::move(done)); });
    if (!status.ok()) return status;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswerBytes);
    status = Run("read from",
                 [&](auto done) { http::async_read(*stream_, buffer_, parser, std::move(done)); });
    if (!status.ok()) return status;
    const bool keeps_alive = parser.keep_alive();
    Answer answer = MakeAnswer(parser.release());
    if (!keeps_alive) stream_.reset();
    return answer;
  }

  const HttpTarget target_;
  const std::chrono::milliseconds limit_;
  boost::asio::io_context context_;
  std::optional<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
};

HttpConnection::HttpConnection(HttpTarget target, absl::Duration limit)
    : impl_(std::make_unique<Impl>(std::move(target), limit)) {}
HttpConnection::~HttpConnection() = default;

absl::StatusOr<Answer> HttpConnection::Send(const RecordedRequest& request) {
  return impl_->Send(request);
}

}  // namespace playhead::tools
