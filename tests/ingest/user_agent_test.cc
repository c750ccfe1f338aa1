#include "services/ingest/user_agent.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/uap_core.h"
#include "tests/ingest/viewer_user_agents.h"

namespace playhead::ingest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSmall[] = R"yaml(
user_agent_parsers:
  - regex: '(Fire)(fox)/(\d+)'
    family_replacement: '$1-$2 $9'
    v1_replacement: '$3'
os_parsers:
  - regex: 'Windows NT 10'
    os_replacement: 'Windows'
    os_v1_replacement: '10'
device_parsers:
  - regex: 'crawler'
    regex_flag: 'i'
    device_replacement: 'Spider'
)yaml";

std::string WithoutVersion(std::string text) {
  const std::size_t at = text.find_last_not_of("0123456789.");
  if (at != std::string::npos && at + 1 < text.size() && text[at] == ' ') text.resize(at);
  return text;
}

TEST(UserAgentTest, ReadsTheUserAgentsOfViewers) {
  for (const ViewerUserAgent& viewer : kViewerUserAgents) {
    SCOPED_TRACE(viewer.text);
    const UserAgent agent = InstalledParser().Parse(viewer.text);
    EXPECT_EQ(agent.device, viewer.device);
    EXPECT_EQ(agent.operating_system, viewer.operating_system);
    EXPECT_EQ(agent.operating_system_family, WithoutVersion(viewer.operating_system));
    EXPECT_EQ(agent.browser, viewer.browser);
    EXPECT_EQ(agent.browser_family, WithoutVersion(viewer.browser));
    EXPECT_FALSE(agent.is_bot);
  }
}

TEST(UserAgentTest, SpidersAreBotsWithoutADevice) {
  for (const char* text :
       {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/142.0.7444.59 Mobile Safari/537.36 (compatible; Googlebot/2.1; "
        "+http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}) {
    const UserAgent agent = InstalledParser().Parse(text);
    EXPECT_TRUE(agent.is_bot) << text;
    EXPECT_EQ(agent.device, "") << text;
  }
}

TEST(UserAgentTest, ReplacementsTakeWhatWasCaptured) {
  const auto parser = UserAgentParser::Make(kSmall).value();
  const UserAgent agent = parser->Parse("Firefox/145 on Windows NT 10, a CRAWLER");
  EXPECT_EQ(agent.browser_family, "Fire-fox");
  EXPECT_EQ(agent.browser, "Fire-fox 145");
  EXPECT_EQ(agent.operating_system, "Windows 10");
  EXPECT_TRUE(agent.is_bot);
}

TEST(UserAgentTest, NoMatchIsUnknown) {
  const UserAgent agent = UserAgentParser::Make(kSmall).value()->Parse("firefox/145");
  EXPECT_EQ(agent.browser, "");
  EXPECT_EQ(agent.browser_family, "");
  EXPECT_EQ(agent.operating_system, "");
  EXPECT_EQ(agent.device, "");
  EXPECT_FALSE(agent.is_bot);
}

TEST(UserAgentTest, OnlyTheFirstBytesAreRead) {
  const auto parser = UserAgentParser::Make(kSmall).value();
  const std::string name = "Firefox/145";
  const std::string padding(kMaxUserAgentBytes - name.size(), 'x');
  EXPECT_EQ(parser->Parse(absl::StrCat(padding, name)).browser, "Fire-fox 145");
  EXPECT_EQ(parser->Parse(absl::StrCat("x", padding, name)).browser, "Fire-fox 14");
  EXPECT_EQ(parser->Parse(absl::StrCat(padding, padding, name)).browser, "");
}

TEST(UserAgentTest, HostileTextsGiveTextsThatFit) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  std::string many;
  while (many.size() < 16'384) absl::StrAppend(&many, "; Android 9; ", all_bytes, "Chrome/1");
  const std::string long_family = absl::StrCat("Mozilla/5.0 (", std::string(16'384, 'A'), "Bot/1)");
  std::string cut_character(kMaxUserAgentBytes - 1, 'a');
  cut_character += "\xC3\xA9";
  for (const std::string& text :
       {std::string(16'384, '\xFF'), std::string(16'384, '\0'), std::string(16'384, '('), all_bytes,
        many, long_family, cut_character, std::string("\xED\xA0\x80 Chrome/1"),
        absl::StrCat(std::string(900, '1'), " Bot-Mobile Android bots/1")}) {
    const UserAgent agent = InstalledParser().Parse(text);
    for (const std::string& said : {agent.browser, agent.browser_family, agent.operating_system,
                                    agent.operating_system_family, agent.device}) {
      EXPECT_LE(said.size(), 256U);
      EXPECT_TRUE(IsValidUtf8(said));
      EXPECT_EQ(std::count(said.begin(), said.end(), '\0'), 0);
    }
  }
}

TEST(UserAgentTest, NamesTheFaultOfBadExpressions) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "no list `user_agent_parsers`"},
      {"[]", "no list `user_agent_parsers`"},
      {"user_agent_parsers: []", "no list `user_agent_parsers`"},
      {"user_agent_parsers: [1]", "line 1: no `regex`"},
      {"user_agent_parsers:\n  - regex: a\n", "no list `os_parsers`"},
      {"a: [", "not YAML"},
      {absl::StrCat(kSmall, "  - regex: '(a'\n"), "not an expression: `(a`"},
      {absl::StrCat(kSmall, "  - regex: '(?=a)'\n"), "not an expression: `(?=a)`"},
      {ReadUapCore("regexes.yaml").substr(0, 100'000), ""}};
  for (const auto& [yaml, fault] : cases) {
    const auto parser = UserAgentParser::Make(yaml);
    EXPECT_EQ(parser.status().code(), absl::StatusCode::kInvalidArgument) << yaml.substr(0, 80);
    EXPECT_THAT(std::string(parser.status().message()), HasSubstr(fault));
    EXPECT_THAT(std::string(parser.status().message()), Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace playhead::ingest
