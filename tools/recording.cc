#include "tools/recording.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/strings.h"
#include "nlohmann/json.hpp"

namespace playhead::tools {
namespace {

using nlohmann::json;

constexpr std::string_view kBeaconPath = "/api_v3/";
constexpr std::array<std::string_view, 4> kConnectionHeaders = {
    "host", "connection", "content-length", "accept-encoding"};

bool HasControl(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

bool IsText(const json& line, const char* name) {
  return line.contains(name) && line[name].is_string();
}

bool IsBeacon(const RecordedRequest& request) {
  return request.target.starts_with(kBeaconPath) &&
         (absl::StrContains(request.target, "service=analytics") ||
          absl::StrContains(request.target, "/service/analytics"));
}

absl::StatusOr<RecordedRequest> ParseLine(std::string_view text) {
  const json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!line.is_object() || !IsText(line, "method") || !IsText(line, "rawUrl")) {
    return absl::InvalidArgumentError("not a JSON object with method and rawUrl");
  }
  RecordedRequest request;
  request.method = line["method"];
  request.target = line["rawUrl"];
  if (request.method.empty() || HasControl(request.method + request.target) ||
      absl::StrContains(request.method + request.target, " ")) {
    return absl::InvalidArgumentError("method or rawUrl cannot be sent");
  }
  if (line.contains("t") && line["t"].is_number()) request.arrival_ms = line["t"];
  if (IsText(line, "body")) request.body = line["body"];
  if (!line.contains("headers") || !line["headers"].is_object()) return request;
  for (const auto& [name, value] : line["headers"].items()) {
    const std::string lower = absl::AsciiStrToLower(name);
    if (!value.is_string() || std::ranges::count(kConnectionHeaders, lower) > 0) continue;
    if (HasControl(lower + value.get<std::string>())) {
      return absl::InvalidArgumentError(absl::StrCat("header ", lower, " cannot be sent"));
    }
    request.headers.emplace_back(lower, value);
  }
  return request;
}

bool ListContains(std::string_view list, std::string_view word) {
  for (const absl::string_view item : absl::StrSplit(ToAbsl(list), ',')) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(item);
    if (stripped == "*" || absl::EqualsIgnoreCase(stripped, ToAbsl(word))) return true;
  }
  return false;
}

absl::Status CheckCors(const RecordedRequest& request, const Answer& answer) {
  const std::string_view origin = request.Header("origin");
  if (origin.empty()) return absl::OkStatus();
  if (answer.allow_origin != "*" && answer.allow_origin != origin) {
    return absl::FailedPreconditionError("no Access-Control-Allow-Origin for the page");
  }
  if (!request.IsPreflight()) return absl::OkStatus();
  if (!ListContains(answer.allow_methods, request.Header("access-control-request-method"))) {
    return absl::FailedPreconditionError("Access-Control-Allow-Methods lacks the method");
  }
  const std::string headers(request.Header("access-control-request-headers"));
  for (const absl::string_view header : absl::StrSplit(headers, ',', absl::SkipWhitespace())) {
    if (!ListContains(answer.allow_headers, ToStd(absl::StripAsciiWhitespace(header)))) {
      return absl::FailedPreconditionError(
          absl::StrCat("Access-Control-Allow-Headers lacks ", header));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view RecordedRequest::Header(std::string_view name) const {
  const auto found =
      std::ranges::find(headers, name, [](const auto& header) { return header.first; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

absl::StatusOr<std::vector<RecordedRequest>> ParseRecording(std::string_view text,
                                                            bool with_preflights) {
  std::vector<RecordedRequest> requests;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    absl::StatusOr<RecordedRequest> request = ParseLine(ToStd(line));
    if (!request.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", request.status().message()));
    }
    if (!IsBeacon(*request) || (request->IsPreflight() && !with_preflights)) continue;
    requests.push_back(*std::move(request));
  }
  return requests;
}

absl::Status CheckAnswer(const RecordedRequest& request, const Answer& answer) {
  if (answer.status < 200 || answer.status > 299) {
    return absl::FailedPreconditionError(absl::StrCat("status ", answer.status));
  }
  if (absl::Status status = CheckCors(request, answer); !status.ok()) return status;
  if (request.IsPreflight()) return absl::OkStatus();
  const json body = json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const bool is_answer = body.is_object() && body.contains("time") &&
                         body["time"].is_number_integer() && body.contains("viewEventsEnabled") &&
                         body["viewEventsEnabled"].is_boolean();
  if (!is_answer && !body.is_number()) {
    return absl::FailedPreconditionError("the body is not JSON with time and viewEventsEnabled");
  }
  return absl::OkStatus();
}

}  // namespace playhead::tools
