#include "tools/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

TEST(TerminalWidthTest, IsWhatColumnsSayElseWhatTheTerminalSays) {
  const int no_terminal = open("/dev/null", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(no_terminal, 0);
  setenv("COLUMNS", "123", 1);
  EXPECT_EQ(TerminalWidth(no_terminal), 123);
  for (const char* nonsense : {"", "wide", "0", "-5"}) {
    setenv("COLUMNS", nonsense, 1);
    EXPECT_EQ(TerminalWidth(no_terminal), 0) << nonsense;
  }
  unsetenv("COLUMNS");
  EXPECT_EQ(TerminalWidth(no_terminal), 0);
  close(no_terminal);
}

}  // namespace
}  // namespace playhead::tools
