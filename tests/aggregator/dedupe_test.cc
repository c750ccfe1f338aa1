#include "services/aggregator/dedupe.h"

#include <vector>

#include "gtest/gtest.h"

namespace playhead::aggregator {
namespace {

constexpr std::int64_t kWindowMs = 900'000;

Id128 Identity(std::uint64_t n) { return {.high = n, .low = n * 31}; }

struct Occurrence {
  std::uint64_t identity;
  std::int64_t append_ms;
  bool is_duplicate;
};

struct Case {
  const char* name;
  std::vector<Occurrence> occurrences;
};

class IdentityWindowTable : public testing::TestWithParam<Case> {};

TEST_P(IdentityWindowTable, Decides) {
  IdentityWindow window(kWindowMs, 1000);
  for (const Occurrence& o : GetParam().occurrences) {
    EXPECT_EQ(window.Occurs(Identity(o.identity), o.append_ms), o.is_duplicate)
        << o.identity << " at " << o.append_ms;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, IdentityWindowTable,
    testing::Values(Case{"AtTheSameInstant", {{1, 5, false}, {1, 5, true}, {1, 5, true}}},
                    Case{"AtTheWindowsEnd", {{1, 0, false}, {1, kWindowMs, true}}},
                    Case{"PastTheWindowsEnd", {{1, 0, false}, {1, kWindowMs + 1, false}}},
                    Case{"ACopyRenewsTheWindow",
                         {{1, 0, false},
                          {1, kWindowMs, true},
                          {1, 2 * kWindowMs, true},
                          {1, 3 * kWindowMs + 1, false}}},
                    Case{"OthersDoNotMatter", {{1, 0, false}, {2, 1, false}, {1, 2, true}}},
                    Case{"ZeroIsNeverADuplicate", {{0, 0, false}, {0, 0, false}, {0, 1, false}}}),
    [](const auto& tested) { return tested.param.name; });

TEST(IdentityWindowTest, ForgetsTheOldestWhenThereAreTooMany) {
  IdentityWindow window(kWindowMs, 2);
  EXPECT_FALSE(window.Occurs(Identity(1), 0));
  EXPECT_FALSE(window.Occurs(Identity(2), 1));
  EXPECT_EQ(window.forgotten(), 0);
  EXPECT_FALSE(window.Occurs(Identity(3), 2));
  EXPECT_EQ(window.forgotten(), 1);
  EXPECT_TRUE(window.Occurs(Identity(3), 3));
  EXPECT_FALSE(window.Occurs(Identity(1), 4));
}

TEST(IdentityWindowTest, GivesMemoryBackAfterTheWindow) {
  IdentityWindow window(kWindowMs, 1000);
  for (std::uint64_t i = 1; i <= 1000; ++i) window.Occurs(Identity(i), 0);
  const std::size_t full = window.MemoryBytes();
  window.Occurs(Identity(2000), kWindowMs + 1);
  EXPECT_LT(window.MemoryBytes(), full);
}

struct Batch {
  std::uint64_t producer;
  std::uint64_t sequence;
  std::int64_t append_ms;
  bool is_resent;
};

struct BatchCase {
  const char* name;
  std::vector<Batch> batches;
};

class ProducerWindowTable : public testing::TestWithParam<BatchCase> {};

TEST_P(ProducerWindowTable, Decides) {
  ProducerWindow window(kWindowMs);
  for (const Batch& b : GetParam().batches) {
    EXPECT_EQ(window.Occurs(Identity(b.producer), b.sequence, b.append_ms), b.is_resent)
        << b.sequence << " at " << b.append_ms;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ProducerWindowTable,
    testing::Values(
        BatchCase{"RisingSequencesAreNew", {{1, 1, 0, false}, {1, 2, 0, false}, {1, 4, 1, false}}},
        BatchCase{"EqualIsResent", {{1, 3, 0, false}, {1, 4, 0, false}, {1, 3, 1, true}}},
        BatchCase{"OneThatTheLogRefusedAtFirstIsNew",
                  {{1, 1, 0, false}, {1, 3, 1, false}, {1, 2, 2, false}, {1, 3, 3, true}}},
        BatchCase{"ProducersAreApart", {{1, 3, 0, false}, {2, 3, 0, false}, {2, 3, 0, true}}},
        BatchCase{"AtTheWindowsEnd", {{1, 3, 0, false}, {1, 3, kWindowMs, true}}},
        BatchCase{"PastTheWindowsEnd", {{1, 3, 0, false}, {1, 3, kWindowMs + 1, false}}},
        BatchCase{"AResentOneOccursToo",
                  {{1, 3, 0, false}, {1, 3, 10, true}, {1, 3, kWindowMs + 5, true}}}),
    [](const auto& tested) { return tested.param.name; });

TEST(ProducerWindowTest, TakesWhatIsBelowItsMemoryForResent) {
  ProducerWindow window(kWindowMs);
  constexpr std::uint64_t kLast = 2 + ProducerWindow::kMaxSightings;
  EXPECT_FALSE(window.Occurs(Identity(1), 2, 0));
  for (std::uint64_t sequence = 4; sequence <= kLast; ++sequence) {
    EXPECT_FALSE(window.Occurs(Identity(1), sequence, 0));
  }
  EXPECT_FALSE(window.Occurs(Identity(1), 3, 0));
  EXPECT_FALSE(window.Occurs(Identity(1), kLast + 1, 0));
  EXPECT_TRUE(window.Occurs(Identity(1), 1, 0));
}

}  // namespace
}  // namespace playhead::aggregator
