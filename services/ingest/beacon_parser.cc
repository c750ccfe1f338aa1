#include "services/ingest/beacon_parser.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/strings.h"
#include "services/ingest/json_object.h"
#include "services/ingest/parameters.h"
#include "services/ingest/query_string.h"

namespace playhead::ingest {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kJsonType = "application/json";

// Empty: the target is in absolute form and names no host.
std::string_view PathOf(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(ToAbsl(path), ToAbsl(scheme))) continue;
    const std::string_view authority_on = path.substr(scheme.size());
    const std::size_t slash = authority_on.find('/');
    if (authority_on.empty() || slash == 0) return {};
    return slash == std::string_view::npos ? "/" : authority_on.substr(slash);
  }
  return path;
}

std::string_view QueryOf(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  const std::string_view query = target.substr(mark + 1);
  return query.substr(0, query.find('#'));
}

bool HasType(std::string_view content_type, std::string_view wanted) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(ToAbsl(type)), ToAbsl(wanted));
}

ParametersRead ReadBody(const BeaconRequest& request, std::size_t max_parameters) {
  const std::string_view text = ToStd(absl::StripAsciiWhitespace(ToAbsl(request.body)));
  if (text.empty()) return {};
  const bool is_form = HasType(request.content_type, kFormType) ||
                       (!HasType(request.content_type, kJsonType) && text.front() != '{' &&
                        text.front() != '[' && text.find('=') != std::string_view::npos);
  return is_form ? ReadQueryString(text, max_parameters) : ReadJsonObject(text, max_parameters);
}

std::string_view MessageOf(v1::RejectionReason reason) {
  switch (reason) {
    case v1::REJECTION_REASON_INVALID_UTF8:
      return "some text is not UTF-8";
    case v1::REJECTION_REASON_NUL_BYTE:
      return "some text has a NUL character";
    case v1::REJECTION_REASON_TOO_MANY_PARAMETERS:
      return "more than 256 parameters";
    default:
      return "the body is not one JSON object, or nested deeper than 8";
  }
}

std::int32_t PartnerOf(const Parameters& merged) {
  const Parameter* partner = FindParameter(merged, "partnerId");
  return partner == nullptr ? 0 : PositiveNumber(partner->value);
}

// Absent or `wanted` in every pair of the query that has this name.
bool AllowsParameter(const Parameters& query, std::string_view name, std::string_view wanted) {
  return std::all_of(query.begin(), query.end(), [&](const Parameter& p) {
    return p.name != name || absl::EqualsIgnoreCase(p.value, ToAbsl(wanted));
  });
}

}  // namespace

bool IsBeaconTarget(std::string_view target) {
  const std::string_view path = PathOf(target);
  if (path == "/api_v3/service/analytics/action/trackEvent") return true;
  if (path != "/" && path != "/api_v3/index.php") return false;
  const ParametersRead query = ReadQueryString(QueryOf(target), kMaxParameters);
  return AllowsParameter(query.parameters, "service", "analytics") &&
         AllowsParameter(query.parameters, "action", "trackEvent");
}

ParsedBeacon ParseBeacon(const BeaconRequest& request) {
  ParametersRead url = ReadQueryString(QueryOf(request.target), kMaxParameters);
  const std::size_t left = kMaxParameters - url.parameters.size();
  ParametersRead body = ReadBody(request, left);
  const v1::RejectionReason reason =
      url.reason != v1::REJECTION_REASON_UNSPECIFIED ? url.reason : body.reason;
  const Parameters merged = MergeParameters(std::move(url.parameters), std::move(body.parameters));

  ParsedBeacon parsed;
  parsed.event.set_partner_id(PartnerOf(merged));
  if (reason != v1::REJECTION_REASON_UNSPECIFIED) {
    parsed.rejection = Rejection{reason, "", std::string(MessageOf(reason))};
    return parsed;
  }
  const Parameter* type = FindParameter(merged, "eventType");
  if (type != nullptr) parsed.event.set_event_type(PositiveNumber(type->value));
  for (const Parameter& parameter : merged) SetField(parameter, parsed.event, parsed.notes);
  parsed.content = HashParameters(merged);
  return parsed;
}

std::int32_t FindPartner(std::string_view target) {
  return PartnerOf(
      MergeParameters(ReadQueryString(QueryOf(target), kMaxParameters).parameters, {}));
}

}  // namespace playhead::ingest
