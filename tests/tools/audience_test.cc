#include "tools/load/audience.h"

#include <map>
#include <set>

#include "gtest/gtest.h"
#include "tools/load/expectation.h"

namespace playhead::tools {
namespace {

constexpr absl::Time kEnd = absl::FromUnixSeconds(1'764'000'000);
// Of a request to EventTracking.
constexpr std::size_t kMostRequestBytes = 1 << 20;

std::vector<AudiencePlayback> AllOf(const AudienceOptions& options, absl::Time end = kEnd) {
  const Audience audience(options);
  std::vector<AudiencePlayback> all;
  for (std::int64_t viewer = 0; viewer < options.viewers; ++viewer) {
    for (AudiencePlayback& playback : audience.PlaybacksOf(viewer, end)) {
      all.push_back(std::move(playback));
    }
  }
  return all;
}

nlohmann::ordered_json Expected(const std::vector<AudiencePlayback>& playbacks) {
  Expectation expectation;
  for (const AudiencePlayback& playback : playbacks) expectation.Add(playback);
  return expectation.ToJson();
}

TEST(AudienceTest, DependsOnItsOptionsAlone) {
  const AudienceOptions options = {.viewers = 200, .seed = 5};
  const auto once = AllOf(options);
  const auto again = AllOf(options, kEnd + absl::Hours(100) + absl::Nanoseconds(123456));
  ASSERT_EQ(once.size(), again.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    ASSERT_EQ(once[i].events.size(), again[i].events.size());
    for (std::size_t j = 0; j < once[i].events.size(); ++j) {
      EXPECT_EQ(once[i].events[j].event_id(), again[i].events[j].event_id());
      EXPECT_EQ(once[i].events[j].session_id(), again[i].events[j].session_id());
    }
  }
  EXPECT_EQ(Expected(once), Expected(again));
  AudienceOptions other = options;
  other.seed = 6;
  EXPECT_NE(Expected(AllOf(other)), Expected(once));
}

TEST(AudienceTest, EveryEventIsWithinTheTimeAndHasAnIdOfItsOwn) {
  const AudienceOptions options = {.viewers = 500, .over = absl::Hours(2)};
  std::set<std::string> ids;
  std::size_t events = 0;
  for (const AudiencePlayback& playback : AllOf(options)) {
    std::size_t bytes = 0;
    for (const v1::PlayerEvent& event : playback.events) {
      EXPECT_LE(event.occur_time().seconds(), absl::ToUnixSeconds(kEnd));
      EXPECT_GE(event.occur_time().seconds(), absl::ToUnixSeconds(kEnd - options.over) - 1);
      EXPECT_EQ(event.partner_id(), 4711);
      ids.insert(event.event_id());
      ++events;
      bytes = std::max(bytes, event.ByteSizeLong());
    }
    EXPECT_LT(bytes * 1000, kMostRequestBytes);
  }
  EXPECT_EQ(ids.size(), events);
}

TEST(AudienceTest, FewVideosAreWatchedByManyAndManyByFew) {
  std::map<std::string, int> starts;
  for (const AudiencePlayback& playback : AllOf({.viewers = 3000, .entries = 100})) {
    ++starts[playback.events.at(0).entry_id()];
  }
  EXPECT_GT(starts.size(), 90U);
  EXPECT_LE(starts.size(), 101U);  // and the premiere
  EXPECT_GT(starts[EntryId(0)], 10 * starts[EntryId(60)]);
}

TEST(AudienceTest, PeaksAtThePremiereAndIsStillThereAtTheEnd) {
  std::map<std::int64_t, int> views;  // by ten minutes before the end
  for (const AudiencePlayback& playback : AllOf({.viewers = 3000})) {
    for (const v1::PlayerEvent& event : playback.events) {
      if (event.event_type() != v1::EVENT_TYPE_VIEW) continue;
      ++views[(absl::ToUnixSeconds(kEnd) - event.occur_time().seconds()) / 600];
    }
  }
  EXPECT_GT(views[7], 2 * views[9]);
  EXPECT_GT(views[12], 3 * views[33]);
  EXPECT_GT(views[0], views[33]);
}

TEST(PopulationTest, EntryIdsAreUnique) {
  std::set<std::string> ids;
  for (std::int64_t rank = 0; rank < 10'000; ++rank) ids.insert(EntryId(rank));
  EXPECT_EQ(ids.size(), 10'000U);
}

v1::PlayerEvent Event(v1::EventType type, std::int32_t index, double play_time_sum = 0) {
  v1::PlayerEvent event;
  event.set_entry_id("0_a");
  event.set_event_type(type);
  event.set_event_index(index);
  event.set_play_time_sum(play_time_sum);
  if (type == v1::EVENT_TYPE_VIEW) event.set_buffer_time(0.25);
  return event;
}

TEST(ExpectationTest, AddsCountsAndWatchedTimeOfEveryStretch) {
  const Agent agent = {.text = "", .device = "tv", .browser_family = "Roku", .weight = 1};
  const Place place = {.prefix = "", .first = 0, .last = 0, .country = "FR", .weight = 1};
  Expectation expectation;
  expectation.Add({&agent,
                   &place,
                   {Event(v1::EVENT_TYPE_PLAY, 1), Event(v1::EVENT_TYPE_VIEW, 2, 10.5),
                    Event(v1::EVENT_TYPE_VIEW, 3, 20.5), Event(v1::EVENT_TYPE_RESUME, 1),
                    Event(v1::EVENT_TYPE_VIEW, 2, 9.001)}});
  expectation.Add({&agent, &place, {}});
  const auto json = expectation.ToJson();
  const auto group = nlohmann::json::parse(R"({"plays": 1, "resumes": 1, "views": 3,
      "unique_sessions": 1, "play_time_ms": 29501, "buffer_time_ms": 750})");
  EXPECT_EQ(nlohmann::json(json["totals"]), group);
  EXPECT_EQ(nlohmann::json(json["entries"]["0_a"]), group);
  EXPECT_EQ(nlohmann::json(json["countries"]["FR"]), group);
  EXPECT_EQ(nlohmann::json(json["devices"]["tv"]), group);
  EXPECT_EQ(nlohmann::json(json["browser_families"]["Roku"]), group);
}

}  // namespace
}  // namespace playhead::tools
