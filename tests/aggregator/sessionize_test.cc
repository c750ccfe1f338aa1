#include "services/aggregator/sessionize.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "services/aggregator/playbacks.h"

namespace playhead::aggregator {
namespace {

constexpr std::int64_t kWindowMs = 900'000;

PlaybackEvent View(std::uint32_t index, std::int64_t sum_ms, std::int64_t append_ms,
                   std::uint64_t content = 0) {
  return {.index = index,
          .content = content != 0 ? content : index + 1000,
          .is_view = true,
          .play_time_sum_ms = sum_ms,
          .append_ms = append_ms};
}

PlaybackEvent Other(std::uint32_t index, std::int64_t append_ms, std::uint64_t content = 0) {
  return {.index = index, .content = content != 0 ? content : index + 1000, .append_ms = append_ms};
}

PlaybackEvent AtSpeed(PlaybackEvent event, std::int64_t ppm) {
  event.playback_speed_ppm = ppm;
  return event;
}

struct Case {
  const char* name;
  std::vector<PlaybackEvent> events;
  std::vector<std::int64_t> credits;
  std::int64_t implausible_ms = 0;
};

class PlaybackCases : public testing::TestWithParam<Case> {};

TEST_P(PlaybackCases, Credits) {
  Playback playback;
  std::vector<std::int64_t> credits;
  std::int64_t implausible_ms = 0;
  for (const PlaybackEvent& event : GetParam().events) {
    const WatchedTime watched = playback.Take(event, kWindowMs);
    credits.push_back(watched.credit_ms);
    implausible_ms += watched.implausible_ms;
  }
  EXPECT_EQ(credits, GetParam().credits);
  EXPECT_EQ(implausible_ms, GetParam().implausible_ms);
}

std::vector<Case> Cases() {
  return {
      {"TheGrowth",
       {View(1, 0, 0), View(2, 10'900, 11'000), View(3, 20'900, 21'000)},
       {0, 10'900, 10'000}},
      {"TheGrowthInAnyOrder",
       {View(3, 20'900, 0), View(1, 0, 0), View(2, 10'900, 0)},
       {20'900, 0, 0}},
      {"LiveBeginsAtTen", {View(1, 10'000, 0), View(2, 20'000, 10'000)}, {10'000, 10'000}},
      {"NothingWithoutASum", {View(1, -1, 0), View(2, 5'000, 0)}, {0, 5'000}},
      {"NothingForOtherTypes", {Other(1, 0), View(2, 5'000, 0)}, {0, 5'000}},
      {"AnotherContentOfAnIndexBeginsAStretch",
       {View(1, 10'000, 0), View(1, 8'000, 0, 7), View(2, 9'000, 0)},
       {10'000, 8'000, 1'000}},
      {"TheSameContentDoesNot",
       {View(1, 10'000, 0), View(1, 10'000, 0), View(2, 12'000, 0)},
       {10'000, 0, 2'000}},
      // A player that begins its counts again after a silence, less what its VIEWs have told.
      {"CountsThatBeginAgainAfterAMinute",
       {Other(1, 0), View(2, 10'000, 10'000), Other(3, 14'000), Other(1, 75'000, 7),
        View(2, 14'000, 85'000, 8)},
       {0, 10'000, 0, 0, 14'000}},
      {"CountsThatBeginAgainAfterTheWindow",
       {Other(1, 0), View(2, 10'000, 10'000), Other(3, 14'000), Other(1, 2'000'000, 7),
        View(2, 14'000, 2'010'000, 8)},
       {0, 10'000, 0, 0, 14'000}},
      {"SixteenBelowTheHighestDoesNot",
       {Other(2, 0), View(18, 9'000, 0), View(3, 8'000, 0)},
       {0, 9'000, 0}},
      {"SeventeenBelowTheHighestDoes",
       {Other(2, 0), View(20, 9'000, 0), View(3, 8'000, 0)},
       {0, 9'000, 8'000}},
      {"AThirtySecondPauseDoesNot", {View(9, 9'000, 0), View(2, 8'000, 30'000)}, {9'000, 0}},
      {"ALongerPauseDoes", {View(9, 9'000, 0), View(2, 8'000, 30'001)}, {9'000, 8'000}},
      {"ALongerPauseBeforeAHigherIndexDoesNot",
       {View(9, 9'000, 0), View(10, 9'500, 30'001)},
       {9'000, 500}},
      {"EventsWithoutIndexNeverDo", {View(9, 9'000, 0), View(0, 8'000, 40'000)}, {9'000, 0}},
      {"IndexSixteenIsNotMidFlight", {View(16, 50'000, 0)}, {50'000}},
      {"IndexSeventeenIsMidFlight",
       {View(17, 50'000, 0), View(18, 60'000, 10'000)},
       {11'000, 10'000}},
      {"MidFlightAtDoubleSpeed", {AtSpeed(View(17, 50'000, 0), 2'000'000)}, {22'000}},
      {"MidFlightWithASmallSum", {View(17, 4'000, 0)}, {4'000}},
      {"MidFlightUntilTheFirstView", {Other(17, 0), View(18, 60'000, 0)}, {0, 11'000}},
      {"TheCapAtTheStretchsBeginning", {View(1, 480'000, 0)}, {480'000}},
      {"PastTheCapAtTheStretchsBeginning", {View(1, 480'001, 0)}, {480'000}, 1},
      {"TheCapGrowsWithTime", {View(1, 0, 0), View(2, 640'000, 10'000)}, {0, 640'000}},
      {"PastTheCap",
       {View(1, 0, 0), View(2, 640'003, 10'000), View(3, 650'003, 20'000)},
       {0, 640'000, 10'000},
       3},
      {"AnUnbelievableSum",
       {View(1, 2'592'000'000, 0), View(2, 2'592'000'000, 0)},
       {480'000, 0},
       2'591'520'000},
      {"AfterTheWindowThePlaybackBeginsAnew",
       {View(1, 9'000, 0), View(2, 9'500, kWindowMs + 1)},
       {9'000, 9'500}},
      {"AtTheWindowsEndItDoesNot", {View(1, 9'000, 0), View(2, 9'500, kWindowMs)}, {9'000, 500}},
      {"AMaximumOlderThanTheWindowIsUnknown",
       {View(1, 9'000, 0), Other(2, 500'000), View(3, 50'000, kWindowMs + 1)},
       {9'000, 0, 11'000}},
  };
}

INSTANTIATE_TEST_SUITE_P(All, PlaybackCases, testing::ValuesIn(Cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST(PlaybackTest, RemembersSixtyFourIndexes) {
  for (const int others : {63, 64}) {
    Playback playback;
    playback.Take(View(100, 9'000, 0), kWindowMs);
    for (int i = 0; i < others; ++i) playback.Take(Other(101, 0), kWindowMs);
    const WatchedTime watched = playback.Take(View(100, 5'000, 0, 1), kWindowMs);
    EXPECT_EQ(watched.credit_ms, others < 64 ? 5'000 : 0) << others;
  }
}

TEST(PlaybackTest, MemoryIsBounded) {
  Playback playback;
  for (std::uint32_t i = 1; i <= 100'000; ++i) playback.Take(View(i, i, i), kWindowMs);
  EXPECT_LE(playback.MemoryBytes(), 4096U);
}

// A player's stretch: `views` VIEWs, every other event something else; each with its index.
std::vector<PlaybackEvent> Stretch(int views, std::uint64_t salt) {
  std::vector<PlaybackEvent> events;
  std::uint32_t index = 0;
  for (int i = 0; i < views; ++i) {
    ++index;
    events.push_back(Other(index, 0, salt + index));
    ++index;
    events.push_back(View(index, i == 0 ? 0 : i * 10'000 + 950, 0, salt + index));
  }
  return events;
}

// Displaced by up to 6 places.
void Displace(std::vector<PlaybackEvent>& events, std::mt19937& random) {
  for (std::size_t i = 0; i + 1 < events.size(); i += 7) {
    const auto end = std::min(events.size(), i + 7);
    std::shuffle(events.begin() + static_cast<std::ptrdiff_t>(i),
                 events.begin() + static_cast<std::ptrdiff_t>(end), random);
  }
}

class DisorderTable : public testing::TestWithParam<std::int64_t> {};

// Half an hour, a pause, twenty minutes: at the speed of a replay and of a player.
TEST_P(DisorderTable, WatchedTimeOfALongViewingIsExact) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Sessionizer sessionizer(kWindowMs, 100);
    std::int64_t credit_ms = 0;
    std::int64_t now_ms = 1'795'000'000'000 + round * 7'001;
    for (const int views : {180, 120}) {
      std::vector<PlaybackEvent> events = Stretch(views, static_cast<std::uint64_t>(views) << 20);
      Displace(events, random);
      for (PlaybackEvent& event : events) {
        event.append_ms = now_ms;
        now_ms += GetParam();
        credit_ms += sessionizer.Take({}, event).credit_ms;
      }
      now_ms += 40'000;
    }
    EXPECT_EQ(credit_ms, 179 * 10'000 + 950 + 119 * 10'000 + 950) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, DisorderTable, testing::Values(0, 1, 5'000));

TEST(SessionizerTest, ATwoHourFilmIsExact) {
  for (std::int64_t offset_ms = 0; offset_ms < 900'000; offset_ms += 61'000) {
    Sessionizer sessionizer(kWindowMs, 100);
    std::int64_t credit_ms = 0;
    for (std::uint32_t i = 0; i <= 720; ++i) {
      const std::int64_t append_ms = 1'795'000'000'000 + offset_ms + i * 10'000;
      credit_ms += sessionizer.Take({}, View(i + 1, i * 10'000, append_ms)).credit_ms;
    }
    EXPECT_EQ(credit_ms, 7'200'000);
  }
}

TEST(PlaybackTableTest, EvictsTheLongestIdle) {
  PlaybackTable table(2);
  const auto key = [](std::uint64_t n) { return PlaybackKey{.session = {n, n}, .entry = 1}; };
  table.Take(key(1), View(1, 5'000, 0), kWindowMs);
  table.Take(key(2), View(1, 5'000, 1), kWindowMs);
  table.Take(key(1), View(2, 6'000, 2), kWindowMs);
  table.Take(key(3), View(1, 5'000, 3), kWindowMs);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.evicted(), 1);
  EXPECT_EQ(table.Take(key(1), View(3, 7'000, 4), kWindowMs).credit_ms, 1'000);
  EXPECT_EQ(table.Take(key(2), View(2, 6'000, 5), kWindowMs).credit_ms, 6'000);
}

TEST(PlaybackTableTest, DropsWhatIsIdleForLongerThanTheWindow) {
  PlaybackTable table(100);
  const std::size_t empty = table.MemoryBytes();
  for (std::uint64_t n = 0; n < 50; ++n) {
    table.Take({.session = {n, n}, .entry = 1}, View(1, 5'000, 0), kWindowMs);
  }
  table.Take({.session = {99, 99}, .entry = 1}, View(1, 5'000, kWindowMs + 1), kWindowMs);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.evicted(), 0);
  EXPECT_GT(table.MemoryBytes(), empty);
}

}  // namespace
}  // namespace playhead::aggregator
