#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/uap_core.h"
#include "yaml-cpp/yaml.h"

// The package that brings the expressions brings what they must say.
namespace playhead::ingest {
namespace {

using ::testing::IsEmpty;

constexpr std::size_t kShown = 20;

struct Fixtures {
  std::string file;
  UserAgentTexts UserAgentParser::Matches::*part;
  std::vector<std::string> names;
  std::size_t least_cases;
};

std::string TextAt(const YAML::Node& node, const std::string& name) {
  const YAML::Node value = node[name];
  return value.IsDefined() && value.IsScalar() ? value.Scalar() : "";
}

class UserAgentFixturesTest : public ::testing::TestWithParam<Fixtures> {};

TEST_P(UserAgentFixturesTest, EveryCaseAgrees) {
  const Fixtures& fixtures = GetParam();
  const YAML::Node cases = YAML::Load(ReadUapCore(fixtures.file))["test_cases"];
  EXPECT_GE(cases.size(), fixtures.least_cases);
  std::vector<std::string> disagreeing;
  for (const YAML::Node& node : cases) {
    const std::string text = TextAt(node, "user_agent_string");
    const UserAgentTexts found = InstalledParser().Match(text).*fixtures.part;
    for (std::size_t i = 0; i < fixtures.names.size(); ++i) {
      const std::string expected = TextAt(node, fixtures.names[i]);
      if (found[i] == expected || disagreeing.size() >= kShown) continue;
      disagreeing.push_back(absl::StrCat(text, ": ", fixtures.names[i], " is `", found[i],
                                         "`, expected `", expected, "`"));
    }
  }
  EXPECT_THAT(disagreeing, IsEmpty());
}

const std::vector<std::string> kBrowserNames = {"family", "major", "minor", "patch"};
const std::vector<std::string> kSystemNames = {"family", "major", "minor", "patch", "patch_minor"};
using Matches = UserAgentParser::Matches;

INSTANTIATE_TEST_SUITE_P(
    UapCore, UserAgentFixturesTest,
    ::testing::Values(
        Fixtures{"tests/test_ua.yaml", &Matches::browser, kBrowserNames, 1000},
        Fixtures{"tests/test_os.yaml", &Matches::operating_system, kSystemNames, 400},
        Fixtures{"tests/test_device.yaml", &Matches::device, {"family", "brand", "model"}, 10'000},
        Fixtures{"test_resources/firefox_user_agent_strings.yaml", &Matches::browser, kBrowserNames,
                 100},
        Fixtures{"test_resources/pgts_browser_list.yaml", &Matches::browser, kBrowserNames, 1000},
        Fixtures{"test_resources/opera_mini_user_agent_strings.yaml", &Matches::browser,
                 kBrowserNames, 10},
        Fixtures{"test_resources/podcasting_user_agent_strings.yaml", &Matches::browser,
                 kBrowserNames, 10},
        Fixtures{"test_resources/additional_os_tests.yaml", &Matches::operating_system,
                 kSystemNames, 10}));

}  // namespace
}  // namespace playhead::ingest
