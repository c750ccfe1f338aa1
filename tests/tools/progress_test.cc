#include "tools/load/progress.h"

#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

TEST(ProgressLineTest, FitsTheWidth) {
  const Progress progress = {.events = 52'000, .share = 0.45, .elapsed = absl::Seconds(2)};
  EXPECT_EQ(ProgressLine(progress, 0), " 45 %  52,000 events  26,000/s");
  EXPECT_EQ(ProgressLine(progress, 44), "[####      ]  45 %  52,000 events  26,000/s");
  EXPECT_EQ(ProgressLine({}, 0), "  0 %  0 events  0/s");
  EXPECT_EQ(ProgressLine({.events = 1, .share = 1, .elapsed = absl::Seconds(1)}, 32),
            "[########] 100 %  1 events  1/s");
  EXPECT_LE(ProgressLine(progress, 1000).size(), 100U);
}

}  // namespace
}  // namespace playhead::tools
