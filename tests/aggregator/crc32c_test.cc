#include "services/aggregator/log/crc32c.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace playhead::aggregator {
namespace {

TEST(Crc32cTest, AgreesWithThePublishedValues) {
  EXPECT_EQ(Crc32c(0, ""), 0u);
  EXPECT_EQ(Crc32c(0, "123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(0, std::string(32, '\0')), 0x8A9136AAu);
}

TEST(Crc32cTest, IsTheSameByTable) {
  std::mt19937_64 random(1);
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    EXPECT_EQ(Crc32c(7, bytes), Crc32cByTable(7, bytes)) << length;
    bytes.push_back(static_cast<char>(random()));
  }
}

TEST(Crc32cTest, GoesOn) { EXPECT_EQ(Crc32c(Crc32c(0, "1234"), "56789"), Crc32c(0, "123456789")); }

}  // namespace
}  // namespace playhead::aggregator
