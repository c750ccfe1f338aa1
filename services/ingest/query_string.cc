#include "services/ingest/query_string.h"

#include <algorithm>
#include <utility>

#include "common/utf8.h"

namespace playhead::ingest {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

v1::RejectionReason CheckText(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return v1::REJECTION_REASON_NUL_BYTE;
  if (!IsValidUtf8(text)) return v1::REJECTION_REASON_INVALID_UTF8;
  return v1::REJECTION_REASON_UNSPECIFIED;
}

}  // namespace

std::string PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return decoded;
}

ParametersRead ReadQueryString(std::string_view text, std::size_t max_parameters) {
  ParametersRead read;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (equals == 0) continue;
    if (read.parameters.size() == max_parameters) {
      read.reason = v1::REJECTION_REASON_TOO_MANY_PARAMETERS;
      return read;
    }
    Parameter parameter{.name = PercentDecode(pair.substr(0, equals), true), .value = ""};
    if (equals < pair.size()) parameter.value = PercentDecode(pair.substr(equals + 1), true);
    for (const std::string* part : {&parameter.name, &parameter.value}) {
      read.reason = CheckText(*part);
      if (read.reason != v1::REJECTION_REASON_UNSPECIFIED) return read;
    }
    read.parameters.push_back(std::move(parameter));
  }
  return read;
}

}  // namespace playhead::ingest
