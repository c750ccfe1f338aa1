#include "services/aggregator/log/segment_retention.h"

#include <string>

#include "gtest/gtest.h"

namespace playhead::aggregator {
namespace {

// Two partitions; three segments with offsets [0,10) [10,20) [20,30) of partition 0, nothing of
// partition 1.
std::deque<Segment> ThreeSegments() {
  std::deque<Segment> segments;
  for (int i = 0; i < 3; ++i) {
    Segment segment = EmptySegment({.start_ms = 0, .base = {10 * i, 0}});
    segment.spans[0] = {.next = 10 * i + 10, .first_ms = 100 * i, .last_ms = 100 * i + 99};
    segment.last_ms = 100 * i + 99;
    segments.push_back(segment);
  }
  return segments;
}

struct Case {
  std::string name;
  std::int64_t committed = 0;
  std::int64_t oldest_ms = 0;
  std::size_t retired = 0;
};

class SegmentRetentionTest : public testing::TestWithParam<Case> {};

TEST_P(SegmentRetentionTest, RetiresWhatIsOldAndCommitted) {
  EXPECT_EQ(CountRetired(ThreeSegments(), {GetParam().committed, 0}, GetParam().oldest_ms),
            GetParam().retired);
}

INSTANTIATE_TEST_SUITE_P(
    Bounds, SegmentRetentionTest,
    testing::Values(Case{"KeepsTheUncommitted", 9, 1000, 0}, Case{"TakesTheCommitted", 10, 1000, 1},
                    Case{"KeepsTheYoung", 30, 99, 0}, Case{"TakesTheOld", 30, 100, 1},
                    Case{"TakesTwo", 20, 200, 2}, Case{"KeepsTheLast", 30, 1000, 2}),
    [](const auto& tested) { return tested.param.name; });

TEST(CountRetiredTest, KeepsAnEmptyLog) { EXPECT_EQ(CountRetired({}, {}, 1000), 0u); }

}  // namespace
}  // namespace playhead::aggregator
