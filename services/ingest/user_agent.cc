#include "services/ingest/user_agent.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/catalog.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/ingest/device_class.h"

namespace playhead::ingest {
namespace {

using catalog::Dimension;

constexpr std::size_t kFamily = 0;
constexpr std::size_t kMajor = 1;
constexpr std::size_t kMinor = 2;
constexpr std::size_t kBrand = 1;

std::string Clean(std::string_view text) {
  std::string clean = ValidUtf8(text.substr(0, kMaxUserAgentBytes));
  std::replace(clean.begin(), clean.end(), '\0', ' ');
  return clean;
}

std::string Fit(std::string text, Dimension dimension) {
  const auto limit = static_cast<std::size_t>(catalog::Info(dimension).max_bytes);
  if (text.size() > limit) text.resize(CutUtf8(text, limit).size());
  return text;
}

std::string Family(const UserAgentTexts& parts) {
  return parts[kFamily] == "Other" ? "" : parts[kFamily];
}

std::string WithVersion(const UserAgentTexts& parts) {
  std::string text = Family(parts);
  if (!text.empty() && !parts[kMajor].empty()) absl::StrAppend(&text, " ", parts[kMajor]);
  return text;
}

// The releases of these two are told apart by the second number: 8.1, 10.15.
bool HasMinorReleases(const UserAgentTexts& parts) {
  return parts[kFamily] == "Windows" || (parts[kFamily] == "Mac OS X" && parts[kMajor] == "10");
}

std::string OperatingSystem(const UserAgentTexts& parts) {
  std::string text = WithVersion(parts);
  if (HasMinorReleases(parts) && !parts[kMinor].empty()) {
    absl::StrAppend(&text, ".", parts[kMinor]);
  }
  return text;
}

UserAgentTexts Other() { return {"Other"}; }

}  // namespace

UserAgentParser::UserAgentParser(ExpressionList browsers, ExpressionList operating_systems,
                                 ExpressionList devices)
    : browsers_(std::move(browsers)),
      operating_systems_(std::move(operating_systems)),
      devices_(std::move(devices)) {}

absl::StatusOr<std::unique_ptr<UserAgentParser>> UserAgentParser::Make(const std::string& yaml) {
  ASSIGN_OR_RETURN(UserAgentExpressions read, ReadUserAgentExpressions(yaml));
  ASSIGN_OR_RETURN(ExpressionList browsers, ExpressionList::Compile(std::move(read.browsers)));
  ASSIGN_OR_RETURN(ExpressionList systems,
                   ExpressionList::Compile(std::move(read.operating_systems)));
  ASSIGN_OR_RETURN(ExpressionList devices, ExpressionList::Compile(std::move(read.devices)));
  return std::unique_ptr<UserAgentParser>(
      new UserAgentParser(std::move(browsers), std::move(systems), std::move(devices)));
}

UserAgentParser::Matches UserAgentParser::MatchClean(const std::string& text,
                                                     const std::string& lower) const {
  return {.browser = browsers_.Match(text, lower).value_or(Other()),
          .operating_system = operating_systems_.Match(text, lower).value_or(Other()),
          .device = devices_.Match(text, lower).value_or(Other())};
}

UserAgentParser::Matches UserAgentParser::Match(std::string_view text) const {
  const std::string clean = Clean(text);
  return MatchClean(clean, absl::AsciiStrToLower(clean));
}

UserAgent UserAgentParser::Parse(std::string_view text) const {
  const std::string clean = Clean(text);
  const std::string lower = absl::AsciiStrToLower(clean);
  const Matches found = MatchClean(clean, lower);

  UserAgent agent;
  agent.is_bot = found.device[kFamily] == "Spider";
  agent.browser_family = Fit(Family(found.browser), Dimension::kBrowserFamily);
  agent.browser = Fit(WithVersion(found.browser), Dimension::kBrowser);
  agent.operating_system_family =
      Fit(Family(found.operating_system), Dimension::kOperatingSystemFamily);
  agent.operating_system =
      Fit(OperatingSystem(found.operating_system), Dimension::kOperatingSystem);
  // A crawler names the device that it plays.
  if (!agent.is_bot) {
    agent.device = DeviceClass({.operating_system_family = agent.operating_system_family,
                                .device_family = found.device[kFamily],
                                .brand = found.device[kBrand],
                                .lower = lower});
  }
  return agent;
}

}  // namespace playhead::ingest
