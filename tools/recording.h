#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace playhead::tools {

// One HTTP request of a recorded player.
struct RecordedRequest {
  std::int64_t arrival_ms = 0;
  std::string method;
  std::string target;
  // Without those that belong to the connection: host, connection, content-length, accept-encoding.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  bool IsPreflight() const { return method == "OPTIONS"; }
  // Empty when there is none. `name` in lower case.
  std::string_view Header(std::string_view name) const;
};

// The beacons of a recording: NDJSON, one request per line, in order of arrival; preflights only
// when asked for. Requests to other paths than that of beacons are left out. InvalidArgument, with
// the line, when one is not such a request.
absl::StatusOr<std::vector<RecordedRequest>> ParseRecording(std::string_view text,
                                                            bool with_preflights);

struct Answer {
  int status = 0;
  std::string allow_origin;
  std::string allow_methods;
  std::string allow_headers;
  std::string body;
};

// OK when a player (in a browser, where the request has an origin) can use the answer; else says
// what it misses.
absl::Status CheckAnswer(const RecordedRequest& request, const Answer& answer);

}  // namespace playhead::tools
