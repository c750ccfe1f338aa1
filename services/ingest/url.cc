#include "services/ingest/url.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/ingest/query_string.h"

namespace playhead::ingest {
namespace {

constexpr int kMaxDecodings = 2;

bool IsHttpUrl(std::string_view text) {
  return absl::StartsWithIgnoreCase(ToAbsl(text), "http://") ||
         absl::StartsWithIgnoreCase(ToAbsl(text), "https://");
}

bool IsText(std::string_view text) {
  return text.find('\0') == std::string_view::npos && IsValidUtf8(text);
}

std::optional<std::string> PercentDecodedUrl(std::string_view text) {
  std::string url(text);
  for (int i = 0; i <= kMaxDecodings; ++i) {
    if (IsHttpUrl(url)) return IsText(url) ? std::optional(url) : std::nullopt;
    url = PercentDecode(url, false);
  }
  return std::nullopt;
}

std::optional<std::string> Base64Url(std::string_view text) {
  std::string decoded;
  // In a query string `+` may have become a space.
  std::string base64(text);
  std::replace(base64.begin(), base64.end(), ' ', '+');
  if (!absl::Base64Unescape(base64, &decoded) && !absl::WebSafeBase64Unescape(base64, &decoded)) {
    return std::nullopt;
  }
  if (!IsHttpUrl(decoded) || !IsText(decoded)) return std::nullopt;
  return decoded;
}

std::optional<std::string> FindUrl(std::string_view referrer) {
  std::optional<std::string> url = PercentDecodedUrl(referrer);
  return url.has_value() ? url : Base64Url(referrer);
}

// Without user name, in lower case; empty when it cannot be a host.
std::string HostAndPort(std::string_view authority) {
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
  const bool has_bad_character = std::any_of(authority.begin(), authority.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7F' || c == '<' || c == '>' || c == '"';
  });
  if (has_bad_character) return "";
  return absl::AsciiStrToLower(ToAbsl(authority));
}

std::string_view WithoutPort(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return host.substr(0, colon);
}

std::string DecodedPath(std::string_view path) {
  if (path.empty()) return "/";
  std::string decoded = PercentDecode(path, false);
  return IsText(decoded) ? decoded : std::string(path);
}

}  // namespace

EmbeddingPage ParseReferrer(std::string_view referrer) {
  const std::optional<std::string> url = FindUrl(referrer);
  if (!url.has_value()) return {};
  std::string_view rest = *url;
  rest.remove_prefix(rest.find("//") + 2);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string host = HostAndPort(rest.substr(0, slash));
  const std::string_view domain = WithoutPort(host);
  if (domain.empty()) return {};
  return {.domain = std::string(domain), .page = host + DecodedPath(rest.substr(slash))};
}

}  // namespace playhead::ingest
