#include "services/aggregator/fold.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "playhead/v1/event_tracking.pb.h"
#include "services/aggregator/fold_audiences.h"
#include "services/aggregator/fold_rollups.h"
#include "tests/support/events.h"

namespace playhead::aggregator {
namespace {

using catalog::Dimension;
using catalog::Measure;
using catalog::Number;
using catalog::Sketch;

// Folds the events as one batch; VIEWs get their play_time_sum_ms credited.
Epoch Fold(const std::vector<Event>& events) {
  OpenEpoch epoch;
  const UnpackedBatch batch = *UnpackBatch(MakeBatch(events, 1), kNoonMs);
  BatchDecision decision;
  for (const Event& event : events) {
    const std::int64_t sum_ms = event.number(Number::kPlayTimeSumMs);
    decision.events.push_back(
        {.is_duplicate = false, .watched = {.credit_ms = std::max<std::int64_t>(sum_ms, 0)}});
  }
  epoch.Fold(batch, decision);
  return epoch.Freeze();
}

std::int64_t Sum(const Epoch& epoch, Measure measure) {
  std::int64_t sum = 0;
  for (const FactRow& fact : epoch.facts) sum += fact.measure(measure);
  return sum;
}

Event Numbered(std::int32_t type, Number number, std::int64_t value) {
  Event event = MakeEvent(type, "s", "1", kNoonMs);
  event.number(number) = value;
  return event;
}

struct NumberCase {
  const char* name;
  std::int32_t type;
  Number number;
  std::int64_t value;
  Measure measure;
  std::int64_t expected;
};

class NumberTable : public testing::TestWithParam<NumberCase> {};

TEST_P(NumberTable, Counts) {
  const NumberCase& c = GetParam();
  EXPECT_EQ(Sum(Fold({Numbered(c.type, c.number, c.value)}), c.measure), c.expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, NumberTable,
    testing::Values(
        NumberCase{"BufferOfView", 99, Number::kBufferTimeMs, 7, Measure::kBufferTimeMs, 7},
        NumberCase{"BufferOfPlay", 3, Number::kBufferTimeMs, 7, Measure::kBufferTimeMs, 0},
        NumberCase{"BufferOfResume", 4, Number::kBufferTimeMs, 7, Measure::kBufferTimeMs, 0},
        NumberCase{"JoinOfPlay", 3, Number::kJoinTimeMs, 18, Measure::kJoinTimeMs, 18},
        NumberCase{"JoinCountOfPlay", 3, Number::kJoinTimeMs, 0, Measure::kJoinCount, 1},
        NumberCase{"NoJoinOfPlay", 3, Number::kJoinTimeMs, -1, Measure::kJoinCount, 0},
        NumberCase{"JoinOfView", 99, Number::kJoinTimeMs, 18, Measure::kJoinCount, 0},
        NumberCase{"BitrateOfView", 99, Number::kBitrateBps, 5, Measure::kBitrateBps, 5},
        NumberCase{"BitrateCountOfView", 99, Number::kBitrateBps, 5, Measure::kBitrateCount, 1},
        NumberCase{"NoBitrateOfView", 99, Number::kBitrateBps, 0, Measure::kBitrateCount, 0},
        NumberCase{"BitrateOfPlay", 3, Number::kBitrateBps, 5, Measure::kBitrateBps, 0},
        NumberCase{"PlayTimeOfView", 99, Number::kPlayTimeSumMs, 9, Measure::kPlayTimeMs, 9},
        NumberCase{"PlayTimeOfPause", 33, Number::kPlayTimeSumMs, 9, Measure::kPlayTimeMs, 0}),
    [](const auto& tested) { return tested.param.name; });

TEST(OpenEpochTest, EveryMeasureCountsItsEventType) {
  for (const catalog::MeasureInfo& info : catalog::Measures()) {
    if (info.event_type == 0) continue;
    const Epoch epoch = Fold({MakeEvent(info.event_type, "s", "1", kNoonMs)});
    ASSERT_EQ(epoch.facts.size(), 1U);
    EXPECT_EQ(epoch.facts[0].measure(info.id), 1) << info.name;
    EXPECT_TRUE(epoch.fact_events.empty()) << info.name;
  }
}

TEST(OpenEpochTest, OneRowForEventsThatAgree) {
  Event other = MakeEvent(4, "s", "2", kNoonMs + 59'999);
  const Epoch epoch = Fold({MakeEvent(3, "s", "1", kNoonMs), other});
  ASSERT_EQ(epoch.facts.size(), 1U);
  EXPECT_EQ(epoch.facts[0].minute_ms, kNoonMs);
  EXPECT_EQ(epoch.facts[0].measure(Measure::kPlays), 1);
  EXPECT_EQ(epoch.facts[0].measure(Measure::kResumes), 1);
}

TEST(OpenEpochTest, AnotherRowForEachKeyThatDiffers) {
  std::vector<Event> events(7, MakeEvent(3, "s", "1", kNoonMs));
  events[1].partner = 5;
  events[2].event_time_ms -= 1;
  events[3].session = Murmur3("other");
  events[4].viewer += 1;
  events[5].known_user = 9;
  events[6].dimension(Dimension::kCustomVar3) = "x";
  EXPECT_EQ(Fold(events).facts.size(), 7U);
}

TEST(OpenEpochTest, TypesWithoutMeasureAndErrorCodesAreRows) {
  Event error = MakeEvent(98, "s", "1", kNoonMs);
  error.dimension(Dimension::kErrorCode) = "3022";
  const Epoch epoch = Fold({error, error, MakeEvent(98, "s", "2", kNoonMs),
                            MakeEvent(31, "s", "3", kNoonMs), MakeEvent(31, "s", "4", kNoonMs)});
  EXPECT_EQ(Sum(epoch, Measure::kErrors), 3);
  ASSERT_EQ(epoch.fact_events.size(), 2U);
  EXPECT_EQ(epoch.fact_events[0].event_type, 98);
  EXPECT_EQ(epoch.strings[epoch.fact_events[0].error_code], "3022");
  EXPECT_EQ(epoch.fact_events[0].count, 2);
  EXPECT_EQ(epoch.fact_events[1].event_type, 31);
  EXPECT_EQ(epoch.fact_events[1].count, 2);
}

TEST(OpenEpochTest, LedgerHasEveryOutcomeOnce) {
  OpenEpoch epoch;
  const std::vector<Event> events(3, MakeEvent(99, "s", "1", kNoonMs + 61'000));
  v1::EventBatch packed = PackBatch(events);
  packed.set_producer(std::string(16, 'p'));
  packed.set_sequence(1);
  v1::RejectedCount& rejected = *packed.add_rejected();
  rejected.set_minute(kNoonMs / 60'000);
  rejected.set_door(v1::DOOR_GRPC);
  rejected.set_reason(v1::REJECTION_REASON_TOO_LATE);
  rejected.set_count(4);
  const UnpackedBatch batch = *UnpackBatch(packed.SerializeAsString(), kNoonMs);
  BatchDecision decision;
  decision.events = {{.watched = {.credit_ms = 1, .implausible_ms = 70}},
                     {.is_duplicate = true, .watched = {}},
                     {.watched = {.implausible_ms = 5}}};
  epoch.Fold(batch, decision);
  epoch.Fold(batch, {.is_resent = true, .events = decision.events});

  const std::vector<LedgerRow> ledger = epoch.Freeze().ledger;
  ASSERT_EQ(ledger.size(), 4U);
  EXPECT_EQ(ledger[0].outcome, Outcome::kRejected);
  EXPECT_EQ(ledger[0].partner, 0);
  EXPECT_EQ(ledger[0].reason, v1::REJECTION_REASON_TOO_LATE);
  EXPECT_EQ(ledger[0].count, 4);
  EXPECT_EQ(ledger[1].outcome, Outcome::kAccepted);
  EXPECT_EQ(ledger[1].minute_ms, kNoonMs + 60'000);
  EXPECT_EQ(ledger[1].count, 2);
  EXPECT_EQ(ledger[2].outcome, Outcome::kDuplicate);
  EXPECT_EQ(ledger[2].count, 1);
  EXPECT_EQ(ledger[3].outcome, Outcome::kImplausiblePlayTimeMs);
  EXPECT_EQ(ledger[3].count, 75);
}

TEST(OpenEpochTest, MemoryGrowsWithRows) {
  OpenEpoch epoch;
  const std::size_t empty = epoch.MemoryBytes();
  std::vector<Event> events;
  for (int i = 0; i < 1000; ++i) events.push_back(MakeEvent(3, std::to_string(i), "1", kNoonMs));
  epoch.Fold(*UnpackBatch(MakeBatch(events, 1), kNoonMs),
             {.events = std::vector<EventDecision>(1000)});
  EXPECT_GE(epoch.MemoryBytes(), empty + 1000 * sizeof(FactRow));
  EXPECT_EQ(epoch.row_count(), 1001U);
  EXPECT_EQ(epoch.event_count(), 1000);
}

const RollupRows& RollupNamed(const std::vector<RollupRows>& rollups, std::string_view name) {
  return *std::find_if(rollups.begin(), rollups.end(),
                       [&](const RollupRows& r) { return r.rollup->name == name; });
}

TEST(FoldRollupsTest, HasEveryRollupWithAMinuteTier) {
  const std::vector<RollupRows> rollups = FoldRollups({}, {});
  ASSERT_EQ(rollups.size(), 8U);
  for (const RollupRows& rollup : rollups) EXPECT_TRUE(rollup.rollup->has_minute_tier);
}

TEST(FoldRollupsTest, SumsOverWhatIsNoKeyInOrderOfPartnerAndMinute) {
  std::vector<Event> events(4, MakeEvent(3, "s", "1", kNoonMs));
  events[1].session = Murmur3("other");
  events[2].event_time_ms += 60'000;
  events[3].partner = 5;
  const Epoch epoch = Fold(events);
  const auto rollups = FoldRollups(epoch.facts, epoch.fact_events);
  const std::vector<RollupRow>& rows = RollupNamed(rollups, "entry").rows;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].partner, 5);
  EXPECT_EQ(rows[1].minute_ms, kNoonMs);
  EXPECT_EQ(rows[1].measures[static_cast<std::size_t>(Measure::kPlays)], 2);
  EXPECT_EQ(epoch.strings[rows[1].dimensions[0]], "0_entry");
  EXPECT_EQ(rows[2].minute_ms, kNoonMs + 60'000);
}

TEST(FoldRollupsTest, SketchesHoldWhoTheyCount) {
  std::vector<Event> events(3, MakeEvent(3, "s", "1", kNoonMs));
  events[1].event_type = 1;  // an impression has no viewer
  events[1].viewer += 1;
  events[2].viewer += 2;
  events[2].known_user = 77;
  const Epoch epoch = Fold(events);
  const auto rollups = FoldRollups(epoch.facts, epoch.fact_events);
  const auto estimate = [&](std::string_view rollup, Sketch sketch) {
    const RollupRow& row = RollupNamed(rollups, rollup).rows.at(0);
    return row.sketches[static_cast<std::size_t>(sketch)].Estimate();
  };
  EXPECT_NEAR(estimate("partner", Sketch::kUniqueViewers), 2, 0.01);
  EXPECT_NEAR(estimate("partner", Sketch::kUniqueSessions), 1, 0.01);
  EXPECT_NEAR(estimate("partner", Sketch::kUniqueKnownUsers), 1, 0.01);
  EXPECT_NEAR(estimate("domain", Sketch::kUniqueKnownUsers), 0, 0.01);
}

TEST(FoldRollupsTest, EventRowsAreOfTypesWithoutMeasure) {
  Event error = MakeEvent(98, "s", "1", kNoonMs);
  error.dimension(Dimension::kErrorCode) = "3022";
  Event shared = MakeEvent(22, "s", "2", kNoonMs);
  shared.dimension(Dimension::kErrorCode) = "1";
  const Epoch epoch =
      Fold({error, shared, MakeEvent(22, "other", "3", kNoonMs), MakeEvent(23, "s", "4", kNoonMs)});
  const auto rollups = FoldRollups(epoch.facts, epoch.fact_events);
  for (const RollupRows& rollup : rollups) {
    ASSERT_EQ(rollup.events.size(), 2U) << rollup.rollup->name;
    std::int64_t shares = 0;
    for (const RollupEventRow& row : rollup.events) shares += row.event_type == 22 ? row.count : 0;
    EXPECT_EQ(shares, 2);
  }
}

// `<audience>:<seconds after noon>:<dimensions>=<views>`
std::vector<std::string> Shown(const Epoch& epoch, const std::vector<AudienceRow>& rows,
                               std::string_view audience) {
  std::vector<std::string> shown;
  for (const AudienceRow& row : rows) {
    if (row.audience->name != audience) continue;
    std::string text = absl::StrCat((row.ten_seconds_ms - kNoonMs) / 1000, ":");
    for (const std::uint32_t id : row.dimensions) absl::StrAppend(&text, epoch.strings[id], ",");
    absl::StrAppend(&text, epoch.strings[row.traffic], "=", row.views);
    shown.push_back(text);
  }
  return shown;
}

TEST(FoldAudiencesTest, CountsViewsOfEachTenSecondsByEventTime) {
  std::vector<Event> events(7, MakeEvent(99, "s", "1", kNoonMs));
  events[1].event_time_ms = kNoonMs + 9'999;
  events[2].event_time_ms = kNoonMs + 10'000;
  events[3].event_time_ms = kNoonMs + 59'999;
  events[4].event_time_ms = kNoonMs + 60'000;
  events[5].event_type = 3;
  events[6].dimension(Dimension::kEntry) = "0_b";
  events[6].dimension(Dimension::kTraffic) = "bot";
  const Epoch epoch = Fold(events);
  const std::vector<AudienceRow> rows = FoldAudiences(epoch.facts);
  EXPECT_THAT(Shown(epoch, rows, "partner"),
              testing::ElementsAre("0:=2", "0:bot=1", "10:=1", "50:=1", "60:=1"));
  EXPECT_THAT(Shown(epoch, rows, "entry"),
              testing::ElementsAre("0:0_entry,=2", "0:0_b,bot=1", "10:0_entry,=1", "50:0_entry,=1",
                                   "60:0_entry,=1"));
}

TEST(FoldAudiencesTest, HasEveryAudienceInOrderOfPartner) {
  std::vector<Event> events(2, MakeEvent(99, "s", "1", kNoonMs));
  events[1].partner = 5;
  const std::vector<AudienceRow> rows = FoldAudiences(Fold(events).facts);
  ASSERT_EQ(rows.size(), 2 * catalog::Audiences().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t audience = i % catalog::Audiences().size();
    EXPECT_EQ(rows[i].partner, i < catalog::Audiences().size() ? 5 : 4711);
    EXPECT_EQ(rows[i].audience, &catalog::Audiences()[audience]);
  }
}

}  // namespace
}  // namespace playhead::aggregator
