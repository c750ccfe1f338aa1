#pragma once

#include <utility>
// Asio needs std::exchange from <utility>.
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "services/ingest/beacon_answer.h"
#include "services/ingest/ingest.h"

namespace playhead::ingest {

inline constexpr std::size_t kMaxRequestLineBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 10;

struct BeaconTimeouts {
  absl::Duration idle = absl::Seconds(75);    // between requests
  absl::Duration header = absl::Seconds(10);  // from the first byte of a request
  absl::Duration body = absl::Seconds(10);
  absl::Duration write = absl::Seconds(10);
};

// What all connections share; outlives them.
struct BeaconContext {
  Ingest& ingest;
  IngestMetrics& metrics;
  const Clock& clock;
  const BeaconTimeouts timeouts;
  // Set once: answers say `Connection: close`.
  std::atomic<bool> is_draining = false;
};

// One connection: reads a request, answers it, reads the next one. Requests that a client sends
// ahead wait in the socket, so that answers keep their order. Lives as long as something is
// outstanding; runs on the socket's strand.
class BeaconConnection final : public std::enable_shared_from_this<BeaconConnection> {
 public:
  // `on_closed` is called from the destructor.
  BeaconConnection(boost::asio::ip::tcp::socket socket, BeaconContext& context,
                   std::function<void(const BeaconConnection*)> on_closed);
  ~BeaconConnection();

  // From any thread.
  void Start();
  // Closes the connection unless a request is being read or answered. From any thread.
  void CloseIfIdle();

 private:
  using Error = boost::beast::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void WaitForRequest();
  void ReadHeader();
  void OnHeader(Error error);
  void ContinueToBody();
  void ReadBody();
  void Dispatch();
  void TrackBeacon();
  // 0: within limits; else the status that says which limit was passed.
  int CheckSizes(Error error) const;
  void RefuseTooLarge(int status);
  // Ends the connection after an error that leaves nothing to answer.
  void Fail(Error error);

  void Send(Answer answer);
  void SendText(const std::string& text, bool keep_alive);  // `text` must live on
  void OnSent(Error error, bool keep_alive);
  // Reads on for a while, so that the answer is not lost in a reset.
  void Linger();
  bool KeepAlive() const;

  BeaconContext& context_;
  const std::function<void(const BeaconConnection*)> on_closed_;
  boost::beast::tcp_stream stream_;
  const std::string peer_address_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string answer_;
  std::size_t lingered_bytes_ = 0;
  bool is_idle_ = false;
};

}  // namespace playhead::ingest
