#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/recording.h"

namespace playhead::tools {

struct HttpTarget {
  std::string host;
  std::string port;
};

// `http://host[:port]`. InvalidArgument otherwise.
absl::StatusOr<HttpTarget> ParseHttpTarget(const std::string& url);

// One keep-alive connection, opened when it is first needed and again when the server closed it.
// Used by one thread.
class HttpConnection {
 public:
  // `limit` is for each step: resolving and connecting, writing, reading.
  HttpConnection(HttpTarget target, absl::Duration limit);
  ~HttpConnection();

  // Sends once, never twice. Unavailable: no answer.
  absl::StatusOr<Answer> Send(const RecordedRequest& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace playhead::tools
