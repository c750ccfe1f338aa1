#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"

// The texts of HTTP answers, head and body. Every one carries the CORS headers without which a
// browser hides it.
namespace playhead::ingest {

struct Answer {
  int status = 200;
  std::string_view body = {};  // JSON; empty: none
  bool keep_alive = true;
  // A further header line with its line end, such as `Allow: GET\r\n`.
  std::string_view header = {};
};

std::string FormatAnswer(const Answer& answer);

// The answer to every OPTIONS request, made once.
const std::string& PreflightAnswer(bool keep_alive);

// What a player needs to read: `{"time":1795364844,"viewEventsEnabled":true}`.
std::string BeaconBody(absl::Time now);

// 503: send again later.
const std::string& OverloadAnswer(bool keep_alive);

}  // namespace playhead::ingest
