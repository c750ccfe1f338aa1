#include "services/ingest/beacon_answer.h"

#include "absl/strings/str_cat.h"
#include "common/strings.h"
#include "services/ingest/ingest.h"

namespace playhead::ingest {
namespace {

constexpr char kCorsHeaders[] =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: POST, GET, HEAD, OPTIONS\r\n"
    "Access-Control-Allow-Headers: Origin, X-Requested-With, Content-Type, Accept, Range, "
    "Cache-Control\r\n"
    "Access-Control-Max-Age: 86400\r\n"
    "Access-Control-Expose-Headers: Server, Content-Length, Content-Range, Date, X-Kaltura, "
    "X-Kaltura-Session, X-Me\r\n";

std::string_view StatusText(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Payload Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

std::string MakeOverloadAnswer(bool keep_alive) {
  const std::string retry =
      absl::StrCat("Retry-After: ", absl::ToInt64Seconds(kRetryAfter), "\r\n");
  return FormatAnswer({.status = 503,
                       .body = R"({"error":"overloaded, send again later"})",
                       .keep_alive = keep_alive,
                       .header = retry});
}

}  // namespace

std::string FormatAnswer(const Answer& answer) {
  std::string text = absl::StrCat(
      "HTTP/1.1 ", answer.status, " ", ToAbsl(StatusText(answer.status)), "\r\n",
      "Server: Playhead\r\n", kCorsHeaders, "Cache-Control: no-store\r\n", ToAbsl(answer.header),
      answer.body.empty() ? "" : "Content-Type: application/json\r\n");
  absl::StrAppend(&text, "Content-Length: ", answer.body.size(),
                  "\r\nConnection: ", answer.keep_alive ? "keep-alive" : "close", "\r\n\r\n",
                  ToAbsl(answer.body));
  return text;
}

const std::string& PreflightAnswer(bool keep_alive) {
  static const std::string* const open = new std::string(FormatAnswer({.keep_alive = true}));
  static const std::string* const closing = new std::string(FormatAnswer({.keep_alive = false}));
  return keep_alive ? *open : *closing;
}

std::string BeaconBody(absl::Time now) {
  return absl::StrCat("{\"time\":", absl::ToUnixSeconds(now), ",\"viewEventsEnabled\":true}");
}

const std::string& OverloadAnswer(bool keep_alive) {
  static const std::string* const open = new std::string(MakeOverloadAnswer(true));
  static const std::string* const closing = new std::string(MakeOverloadAnswer(false));
  return keep_alive ? *open : *closing;
}

}  // namespace playhead::ingest
