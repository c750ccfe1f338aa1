#include "services/aggregator/log/append_queue.h"

#include <string>

#include "gtest/gtest.h"

namespace playhead::aggregator {
namespace {

AppendRequest Request(std::size_t bytes) {
  return {.batches = {{.partition = 0, .payload = std::string(bytes, 'x')}}, .done = {}};
}

TEST(AppendQueueTest, TakesUpToTheBytesOfAGroupInOrder) {
  AppendQueue queue(1000);
  for (const std::size_t bytes : {40, 60, 1}) queue.Push(Request(bytes));
  const auto group = queue.Take(100, absl::ZeroDuration());
  ASSERT_EQ(group.size(), 2u);
  EXPECT_EQ(group[0].bytes, 40u);
  EXPECT_EQ(group[1].bytes, 60u);
  EXPECT_EQ(queue.Take(100, absl::ZeroDuration()).size(), 1u);
  EXPECT_TRUE(queue.Take(100, absl::ZeroDuration()).empty());
}

TEST(AppendQueueTest, TakesARequestThatIsLargerThanAGroup) {
  AppendQueue queue(1000);
  queue.Push(Request(500));
  queue.Push(Request(1));
  EXPECT_EQ(queue.Take(100, absl::ZeroDuration()).size(), 1u);
}

TEST(AppendQueueTest, RefusesBytesBeyondItsBoundInTheirTurn) {
  AppendQueue queue(100);
  queue.Push(Request(100));
  queue.Push(Request(1));
  const auto group = queue.Take(100, absl::ZeroDuration());
  ASSERT_EQ(group.size(), 2u);
  EXPECT_TRUE(group[0].refusal.ok());
  EXPECT_TRUE(absl::IsUnavailable(group[1].refusal));
  EXPECT_TRUE(group[1].batches.empty());
  queue.Push(Request(100));
  EXPECT_TRUE(queue.Take(100, absl::ZeroDuration())[0].refusal.ok());
}

TEST(AppendQueueTest, GivesWhatIsLeftAfterItIsClosed) {
  AppendQueue queue(100);
  queue.Push(Request(1));
  queue.Close();
  EXPECT_FALSE(queue.IsClosedAndEmpty());
  EXPECT_EQ(queue.Take(100, absl::InfiniteDuration()).size(), 1u);
  EXPECT_TRUE(queue.IsClosedAndEmpty());
  EXPECT_TRUE(queue.Take(100, absl::InfiniteDuration()).empty());
}

}  // namespace
}  // namespace playhead::aggregator
