#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/ingest/expression_list.h"

namespace playhead::ingest {

// What a User-Agent says of a viewer; an empty text is unknown. Every text fits its dimension.
struct UserAgent {
  // computer, mobile, tablet, tv, game_console or wearable.
  std::string device;
  std::string operating_system;  // with its version: `Windows 10`
  std::string operating_system_family;
  std::string browser;  // with its version: `Chrome 156`
  std::string browser_family;
  // A crawler or another program that says so.
  bool is_bot = false;
};

// Reads user agents by the expressions of uap-core. Immutable: safe from any thread.
class UserAgentParser {
 public:
  // What the expressions say; family `Other` where none matches.
  struct Matches {
    UserAgentTexts browser;
    UserAgentTexts operating_system;
    UserAgentTexts device;
  };

  // `yaml` is the content of uap-core's regexes.yaml. InvalidArgument, in one line.
  static absl::StatusOr<std::unique_ptr<UserAgentParser>> Make(const std::string& yaml);

  // Any bytes; only the first kMaxUserAgentBytes are read.
  Matches Match(std::string_view text) const;
  UserAgent Parse(std::string_view text) const;

 private:
  UserAgentParser(ExpressionList browsers, ExpressionList operating_systems,
                  ExpressionList devices);
  Matches MatchClean(const std::string& text, const std::string& lower) const;

  const ExpressionList browsers_;
  const ExpressionList operating_systems_;
  const ExpressionList devices_;
};

// Those of browsers and applications are shorter.
inline constexpr std::size_t kMaxUserAgentBytes = 1024;

}  // namespace playhead::ingest
