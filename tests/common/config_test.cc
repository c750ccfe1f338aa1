#include "common/config.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "common/retention.h"
#include "common/strings.h"
#include "gtest/gtest.h"

ABSL_FLAG(int, some_number, 5, "a number, 1 to 9");
ABSL_FLAG(bool, some_switch, false, "a switch");
ABSL_DECLARE_FLAG(int, minute_retention_days);

namespace playhead {
namespace {

void Parse(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  std::string program = "program";
  argv.push_back(program.data());
  for (std::string& argument : arguments) argv.push_back(argument.data());
  ParseFlagsOrExit(static_cast<int>(argv.size()), argv.data(), "about");
}

class ConfigTest : public testing::Test {
 protected:
  void TearDown() override {
    unsetenv("PLAYHEAD_SOME_NUMBER");
    absl::SetFlag(&FLAGS_some_number, 5);
    absl::SetFlag(&FLAGS_some_switch, false);
    absl::SetFlag(&FLAGS_minute_retention_days, 14);
  }
};

TEST_F(ConfigTest, TakesEveryFormOfAFlag) {
  Parse({"--some_number=7", "--some_switch"});
  EXPECT_EQ(absl::GetFlag(FLAGS_some_number), 7);
  EXPECT_TRUE(absl::GetFlag(FLAGS_some_switch));
  Parse({"--some_number", "8", "--nosome_switch"});
  EXPECT_EQ(absl::GetFlag(FLAGS_some_number), 8);
  EXPECT_FALSE(absl::GetFlag(FLAGS_some_switch));
}

TEST_F(ConfigTest, TheEnvironmentFillsGapsOnly) {
  setenv("PLAYHEAD_SOME_NUMBER", "11", 1);
  Parse({});
  EXPECT_EQ(absl::GetFlag(FLAGS_some_number), 11);
  Parse({"--some_number=12"});
  EXPECT_EQ(absl::GetFlag(FLAGS_some_number), 12);
}

TEST_F(ConfigTest, ABadConfigurationExits78WithOneLine) {
  EXPECT_EXIT(Parse({"--some_numbr=1"}), testing::ExitedWithCode(78),
              "--some_numbr: no such flag; closest: --some_number;");
  EXPECT_EXIT(Parse({"--some_number=many"}), testing::ExitedWithCode(78), "--some_number=many");
  EXPECT_EXIT(Parse({"--some_number"}), testing::ExitedWithCode(78), "needs a value");
  EXPECT_EXIT(Parse({"stray"}), testing::ExitedWithCode(78), "unexpected argument stray");
  EXPECT_EXIT(Parse({"--some_number=a\nb"}), testing::ExitedWithCode(78), "=a\\\\nb: ");
  setenv("PLAYHEAD_SOME_NUMBER", "x", 1);
  EXPECT_EXIT(Parse({}), testing::ExitedWithCode(78), "PLAYHEAD_SOME_NUMBER=x");
}

TEST_F(ConfigTest, AFlagBeyondItsRangeIsNamedWithItsHelp) {
  for (const int good : {1, 9}) {
    absl::SetFlag(&FLAGS_some_number, good);
    EXPECT_TRUE(CheckRange(FLAGS_some_number, 1, 9).ok()) << good;
  }
  for (const int bad : {0, 10}) {
    absl::SetFlag(&FLAGS_some_number, bad);
    const absl::Status status = CheckRange(FLAGS_some_number, 1, 9);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(status.message()),
              "--some_number=" + std::to_string(bad) + ": out of range (a number, 1 to 9)");
  }
}

TEST_F(ConfigTest, OnlyWhatAnOperatorHasToChangeIsABadConfiguration) {
  EXPECT_EQ(FailStart(absl::FailedPreconditionError("x")), kExitConfig);
  EXPECT_EQ(FailStart(absl::UnavailableError("x")), 1);
}

TEST_F(ConfigTest, CoarserRowsAreKeptAtLeastAsLongAsFinerOnes) {
  EXPECT_TRUE(CheckRetentionFlags().ok());
  EXPECT_EQ(RetentionFromFlags().minute, Retention().minute);
  absl::SetFlag(&FLAGS_minute_retention_days, 30);
  EXPECT_TRUE(CheckRetentionFlags().ok());
  EXPECT_EQ(RetentionFromFlags().minute, absl::Hours(24 * 30));
  absl::SetFlag(&FLAGS_minute_retention_days, 401);
  EXPECT_EQ(std::string(CheckRetentionFlags().message()),
            "--quarter_hour_retention_days=400: out of range (how long rows of quarter hours are "
            "kept, 1 to 36500; at least as long as minutes)");
  absl::SetFlag(&FLAGS_minute_retention_days, 0);
  EXPECT_FALSE(CheckRetentionFlags().ok());
}

TEST_F(ConfigTest, ListensOnLoopbackUnlessToldOtherwise) {
  for (const char* good : {"127.0.0.1:7070", "localhost:0", "[::1]:65535"}) {
    EXPECT_TRUE(CheckListen("listen", good, false).ok()) << good;
  }
  for (const char* bad : {"0.0.0.0:7070", "10.0.0.1:1", "127.0.0.1", ":7070", "127.0.0.1:65536",
                          "127.0.0.1:x", "", "127.example.org:1", "127.0.0.1\nx:1"}) {
    EXPECT_FALSE(CheckListen("listen", bad, false).ok()) << bad;
  }
  EXPECT_TRUE(CheckListen("listen", "0.0.0.0:7070", true).ok());
  EXPECT_FALSE(CheckListen("listen", "0.0.0.0:x", true).ok());
}

TEST_F(ConfigTest, ATargetIsAHostAndAPort) {
  for (const char* good : {"127.0.0.1:7072", "aggregator:1", "a-b.example.org:65535", "[::1]:7"}) {
    EXPECT_TRUE(CheckTarget("aggregator", good).ok()) << good;
  }
  for (const char* bad : {"", "aggregator", ":7072", "a:0", "a:65536", "a b:1", "a\n:1", "a:"}) {
    EXPECT_FALSE(CheckTarget("aggregator", bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace playhead
