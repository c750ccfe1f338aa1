#include "services/ingest/beacon_connection.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <string_view>

namespace playhead::ingest {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kMaxLingerBytes = std::size_t{2} << 20;
constexpr std::chrono::seconds kLingerTime{2};
constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr char kAllow[] = "Allow: GET, POST, HEAD, OPTIONS\r\n";

std::chrono::nanoseconds ToChrono(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

template <typename View>
std::string_view ToView(const View& view) {
  return {view.data(), view.size()};
}

// A header may come in several lines, which are one list.
std::string JoinValues(const http::fields& headers, const char* name) {
  std::string joined;
  const auto [first, last] = headers.equal_range(name);
  for (auto it = first; it != last; ++it) {
    if (it != first) joined += ", ";
    joined += ToView(it->value());
  }
  return joined;
}

std::string AddressOf(const asio::ip::tcp::socket& socket) {
  beast::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace

BeaconConnection::BeaconConnection(asio::ip::tcp::socket socket, BeaconContext& context,
                                   std::function<void(const BeaconConnection*)> on_closed)
    : context_(context),
      on_closed_(std::move(on_closed)),
      stream_(std::move(socket)),
      peer_address_(AddressOf(stream_.socket())),
      buffer_(kMaxRequestLineBytes + kMaxHeaderBytes + kMaxBodyBytes) {}

BeaconConnection::~BeaconConnection() { on_closed_(this); }

void BeaconConnection::Start() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->WaitForRequest(); });
}

void BeaconConnection::CloseIfIdle() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->is_idle_) self->stream_.close();
  });
}

void BeaconConnection::WaitForRequest() {
  parser_.emplace();
  // The parser's own limit is on the whole head; CheckSizes has the two parts.
  parser_->header_limit(static_cast<std::uint32_t>(kMaxRequestLineBytes + kMaxHeaderBytes));
  parser_->body_limit(kMaxBodyBytes);
  if (buffer_.size() > 0) return ReadHeader();
  if (context_.is_draining) return stream_.close();
  if (buffer_.capacity() > kReadBytes) buffer_.shrink_to_fit();
  is_idle_ = true;
  stream_.expires_after(ToChrono(context_.timeouts.idle));
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](Error error, std::size_t bytes) {
                            self->is_idle_ = false;
                            if (error) return self->stream_.close();
                            self->buffer_.commit(bytes);
                            self->ReadHeader();
                          });
}

void BeaconConnection::ReadHeader() {
  stream_.expires_after(ToChrono(context_.timeouts.header));
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](Error error, std::size_t) { self->OnHeader(error); });
}

void BeaconConnection::OnHeader(Error error) {
  if (const int status = CheckSizes(error); status != 0) return RefuseTooLarge(status);
  if (error) return Fail(error);
  // Before anything is parsed: half of a player's requests are these.
  if (parser_->get().method() == http::verb::options && parser_->is_done()) {
    context_.metrics.preflights.Increment();
    const bool keep_alive = KeepAlive();
    return SendText(PreflightAnswer(keep_alive), keep_alive);
  }
  if (parser_->is_done()) return Dispatch();
  if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) return ContinueToBody();
  ReadBody();
}

void BeaconConnection::ContinueToBody() {
  stream_.expires_after(ToChrono(context_.timeouts.write));
  asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                    [self = shared_from_this()](Error error, std::size_t) {
                      if (error) return self->Fail(error);
                      self->ReadBody();
                    });
}

void BeaconConnection::ReadBody() {
  stream_.expires_after(ToChrono(context_.timeouts.body));
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](Error error, std::size_t) {
                     if (error == http::error::body_limit) return self->RefuseTooLarge(413);
                     if (error) return self->Fail(error);
                     self->Dispatch();
                   });
}

int BeaconConnection::CheckSizes(Error error) const {
  if (error == http::error::body_limit) return 413;
  if (error && error != http::error::header_limit) return 0;
  const auto& request = parser_->get();
  // `POST <target> HTTP/1.1` and the line end.
  const std::size_t line = request.method_string().size() + request.target().size() + 12;
  std::size_t headers = 2;
  for (const auto& field : request)
    headers += field.name_string().size() + field.value().size() + 4;
  return error || line > kMaxRequestLineBytes || headers > kMaxHeaderBytes ? 431 : 0;
}

void BeaconConnection::RefuseTooLarge(int status) {
  const std::string_view target = ToView(parser_->get().target());
  if (target.empty() || IsBeaconTarget(target)) {
    context_.metrics.beacons.Increment();
    context_.ingest.RejectBeacon(v1::REJECTION_REASON_TOO_LARGE, FindPartner(target));
  }
  Send({.status = status, .body = R"({"error":"too large"})", .keep_alive = false});
}

void BeaconConnection::Fail(Error error) {
  if (error == beast::error::timeout) context_.metrics.closed_timeouts.Increment();
  const bool is_bad_http = error.category() == Error(http::error::bad_method).category() &&
                           error != http::error::end_of_stream &&
                           error != http::error::partial_message;
  if (!is_bad_http) return stream_.close();
  context_.metrics.other_requests.Increment();
  Send({.status = 400, .body = R"({"error":"not an HTTP request"})", .keep_alive = false});
}

void BeaconConnection::Dispatch() {
  const http::verb method = parser_->get().method();
  if (method == http::verb::options) {
    context_.metrics.preflights.Increment();
    const bool keep_alive = KeepAlive();
    return SendText(PreflightAnswer(keep_alive), keep_alive);
  }
  const bool is_known = IsBeaconTarget(ToView(parser_->get().target()));
  if (is_known && (method == http::verb::get || method == http::verb::post)) return TrackBeacon();
  context_.metrics.other_requests.Increment();
  if (method == http::verb::head) return Send({.status = is_known ? 200 : 404});
  if (!is_known) return Send({.status = 404, .body = R"({"error":"no such page"})"});
  Send({.status = 405, .body = R"({"error":"use GET or POST"})", .header = kAllow});
}

void BeaconConnection::TrackBeacon() {
  context_.metrics.beacons.Increment();
  const auto& request = parser_->get();
  const std::string x_forwarded_for = JoinValues(request, "X-Forwarded-For");
  const std::string forwarded = JoinValues(request, "Forwarded");
  const BeaconRequest beacon{
      .target = ToView(request.target()),
      .content_type = ToView(request[http::field::content_type]),
      .body = request.body(),
      .peer_address = peer_address_,
      .user_agent = ToView(request[http::field::user_agent]),
      .forwarded = {.x_forwarded_for = x_forwarded_for, .forwarded = forwarded}};
  context_.ingest.TrackBeacon(beacon, [self = shared_from_this()](const absl::Status& status) {
    asio::dispatch(self->stream_.get_executor(), [self, is_ok = status.ok()] {
      const bool keep_alive = self->KeepAlive();
      if (!is_ok) return self->SendText(OverloadAnswer(keep_alive), keep_alive);
      self->Send({.body = BeaconBody(self->context_.clock())});
    });
  });
}

bool BeaconConnection::KeepAlive() const {
  return parser_->get().keep_alive() && !context_.is_draining;
}

void BeaconConnection::Send(Answer answer) {
  answer.keep_alive = answer.keep_alive && KeepAlive();
  answer_ = FormatAnswer(answer);
  SendText(answer_, answer.keep_alive);
}

void BeaconConnection::SendText(const std::string& text, bool keep_alive) {
  stream_.expires_after(ToChrono(context_.timeouts.write));
  asio::async_write(stream_, asio::buffer(text),
                    [self = shared_from_this(), keep_alive](Error error, std::size_t) {
                      self->OnSent(error, keep_alive);
                    });
}

void BeaconConnection::OnSent(Error error, bool keep_alive) {
  if (error) return stream_.close();
  if (keep_alive) return WaitForRequest();
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  stream_.expires_after(kLingerTime);
  Linger();
}

void BeaconConnection::Linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](Error error, std::size_t bytes) {
                            self->lingered_bytes_ += bytes;
                            if (error || self->lingered_bytes_ > kMaxLingerBytes) {
                              return self->stream_.close();
                            }
                            self->Linger();
                          });
}

}  // namespace playhead::ingest
