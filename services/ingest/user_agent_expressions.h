#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// The regexes.yaml of ua-parser's uap-core: lists of expressions, of which the first that matches a
// user agent tells its parts.
namespace playhead::ingest {

// Family and version (major, minor, patch, patch of the patch) of a browser or an operating system;
// family, brand and model of a device.
inline constexpr std::size_t kUserAgentParts = 5;
using UserAgentTexts = std::array<std::string, kUserAgentParts>;

struct UserAgentExpression {
  std::string regex;
  bool ignores_case = false;
  // What a part is, with $1..$9 for what was captured; empty: see `captures`.
  UserAgentTexts replacements;
  // The group that a part without a replacement is; 0: the part is empty.
  std::array<int, kUserAgentParts> captures{};
};

struct UserAgentExpressions {
  std::vector<UserAgentExpression> browsers;
  std::vector<UserAgentExpression> operating_systems;
  std::vector<UserAgentExpression> devices;
};

// InvalidArgument, in one line: not YAML, or one of the lists is missing, empty or malformed.
absl::StatusOr<UserAgentExpressions> ReadUserAgentExpressions(const std::string& yaml);

}  // namespace playhead::ingest
