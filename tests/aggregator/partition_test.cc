#include "services/aggregator/partition.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/events.h"

namespace playhead::aggregator {
namespace {

constexpr std::int64_t kWindowMs = 60'000;
constexpr WindowLimits kLimits = {.window_ms = kWindowMs};

struct Record {
  std::int64_t append_ms = 0;
  UnpackedBatch batch;
};

UnpackedBatch Unpack(const std::vector<Event>& events, std::uint64_t sequence, char producer,
                     std::int64_t append_ms) {
  return *UnpackBatch(MakeBatch(events, sequence, producer), append_ms);
}

// Few sessions, few indexes, many copies and re-sent batches: everything that decisions depend on
// happens often.
std::vector<Record> RandomRecords(std::mt19937& random, int count) {
  const auto draw = [&](int n) { return std::uniform_int_distribution<>(0, n - 1)(random); };
  std::vector<Record> records;
  std::int64_t now_ms = kNoonMs + draw(1'000'000);
  std::vector<Event> recent;
  std::uint64_t sequence = 5;
  for (int i = 0; i < count; ++i) {
    now_ms += draw(20) == 0 ? draw(90'000) : draw(3'000);
    std::vector<Event> events;
    for (int k = draw(4); k >= 0; --k) {
      if (!recent.empty() && draw(4) == 0) {
        events.push_back(recent[recent.size() - 1 -
                                static_cast<std::size_t>(draw(static_cast<int>(recent.size())))]);
        continue;
      }
      const std::string session = absl::StrCat("s", draw(3));
      Event event = MakeEvent(draw(2) == 0 ? 99 : 35, session, absl::StrCat(i, ".", k), now_ms);
      event.event_index = static_cast<std::uint32_t>(draw(40));
      event.number(catalog::Number::kPlayTimeSumMs) = draw(300'000);
      recent.push_back(event);
      if (recent.size() > 60) recent.erase(recent.begin());
      events.push_back(event);
    }
    const bool is_resent = draw(8) == 0;
    const std::uint64_t number =
        is_resent ? sequence - static_cast<std::uint64_t>(draw(4)) : ++sequence;
    const char producer = draw(2) == 0 ? 'a' : 'b';
    records.push_back({.append_ms = now_ms, .batch = Unpack(events, number, producer, now_ms)});
  }
  return records;
}

std::string Describe(const BatchDecision& decision) {
  std::string text = decision.is_resent ? "resent" : "new";
  for (const EventDecision& e : decision.events) {
    absl::StrAppend(&text, " ", e.is_duplicate, "/", e.watched.credit_ms, "/",
                    e.watched.implausible_ms);
  }
  return text;
}

TEST(PartitionStateTest, DecidesAfterARestartAsIfThereWasNone) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    const std::vector<Record> records = RandomRecords(random, 400);
    PartitionState continuous(kLimits);
    std::vector<std::string> decisions;
    for (const Record& r : records) {
      decisions.push_back(Describe(continuous.Decide(r.batch, r.append_ms)));
    }
    for (std::size_t restart = 1; restart < records.size(); restart += 13) {
      const std::int64_t from_ms =
          PartitionState::WarmUpFrom(records[restart - 1].append_ms, kWindowMs);
      PartitionState restarted(kLimits);
      for (std::size_t i = 0; i < records.size(); ++i) {
        if (records[i].append_ms < from_ms) continue;
        const std::string decision =
            Describe(restarted.Decide(records[i].batch, records[i].append_ms));
        if (i < restart) continue;
        ASSERT_EQ(decision, decisions[i]) << round << " " << restart << " " << i;
      }
    }
  }
}

TEST(PartitionStateTest, WarmUpLooksBackTwoToThreeWindows) {
  for (std::int64_t through_ms = kNoonMs; through_ms < kNoonMs + 2 * kWindowMs;
       through_ms += 7'001) {
    const std::int64_t back_ms = through_ms - PartitionState::WarmUpFrom(through_ms, kWindowMs);
    EXPECT_GE(back_ms, 2 * kWindowMs);
    EXPECT_LT(back_ms, 3 * kWindowMs);
  }
}

TEST(PartitionStateTest, CountsAreTheSameUnderAnyShuffleWithCopies) {
  std::vector<Event> events;
  for (int i = 0; i < 200; ++i) {
    events.push_back(MakeEvent(i % 50, absl::StrCat("s", i % 7), absl::StrCat(i), kNoonMs));
    events.back().event_type += 1;
    events.back().event_index = static_cast<std::uint32_t>(i % 60);
  }
  std::vector<Event> sent = events;
  sent.insert(sent.end(), events.begin(), events.end());
  std::mt19937 random(5);
  for (int round = 0; round < 100; ++round) {
    std::shuffle(sent.begin(), sent.end(), random);
    PartitionState state(kLimits);
    std::int64_t counted = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const auto append_ms = kNoonMs + static_cast<std::int64_t>(i) * kWindowMs / 400;
      const UnpackedBatch batch = Unpack({sent[i]}, i + 1, 'p', append_ms);
      counted += state.Decide(batch, append_ms).events[0].is_duplicate ? 0 : 1;
    }
    EXPECT_EQ(counted, 200);
  }
}

TEST(PartitionStateTest, AResentBatchCountsNowhereEvenWithoutIdentities) {
  Event click = MakeEvent(10'002, "s", "click", kNoonMs);
  click.identity = {};
  const UnpackedBatch batch = Unpack({click, click}, 1, 'p', kNoonMs);
  PartitionState state(kLimits);
  const BatchDecision first = state.Decide(batch, kNoonMs);
  EXPECT_EQ(Describe(first), "new 0/0/0 0/0/0");
  EXPECT_TRUE(state.Decide(batch, kNoonMs + 1).is_resent);
}

TEST(PartitionStateTest, PlaybacksOfOneSessionAreApart) {
  PartitionState state(kLimits);
  std::int64_t credit_ms = 0;
  for (int i = 0; i < 6; ++i) {
    Event view = MakeEvent(99, "s", absl::StrCat(i), kNoonMs);
    view.event_index = static_cast<std::uint32_t>(i / 2 + 1);
    view.dimension(catalog::Dimension::kEntry) = absl::StrCat("0_", i % 2);
    view.number(catalog::Number::kPlayTimeSumMs) = (i / 2) * 10'000;
    const auto batch = Unpack({view}, static_cast<std::uint64_t>(i) + 1, 'p', kNoonMs);
    credit_ms += state.Decide(batch, kNoonMs).events[0].watched.credit_ms;
  }
  EXPECT_EQ(credit_ms, 40'000);
}

}  // namespace
}  // namespace playhead::aggregator
