#include "tools/load/scripted_player.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1'764'000'000);

using Events = std::vector<v1::PlayerEvent>;

Viewing Whole(absl::Duration length) {
  return {.media_length = length, .start = kStart, .end = kStart + absl::Hours(24)};
}

v1::PlayerEvent Common() {
  v1::PlayerEvent event;
  event.set_entry_id("0_a");
  event.set_session_id("s");
  event.set_event_id("id");
  return event;
}

// As many playbacks as there are seeds, so that every branch is met.
void ForManyPlaybacks(const Viewing& viewing, const std::function<void(const Events&)>& check) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Chance chance(seed, 0);
    SCOPED_TRACE(seed);
    check(Play(viewing, Common(), chance));
  }
}

std::int64_t Milliseconds(const v1::PlayerEvent& event) {
  return event.occur_time().seconds() * 1000 + event.occur_time().nanos() / 1'000'000;
}

int Count(const Events& events, v1::EventType type) {
  return static_cast<int>(std::ranges::count(events, type, &v1::PlayerEvent::event_type));
}

TEST(PlayTest, CountsAndNamesItsEvents) {
  ForManyPlaybacks(Whole(absl::Minutes(10)), [](const Events& events) {
    ASSERT_FALSE(events.empty());
    ASSERT_LE(events.size(), kMaxPlaybackEvents);
    EXPECT_EQ(events[0].event_type(), v1::EVENT_TYPE_IMPRESSION);
    std::set<std::string> ids;
    std::int32_t last_index = 0;
    std::int64_t last_ms = 0;
    for (const v1::PlayerEvent& event : events) {
      ids.insert(event.event_id());
      const bool is_reset = event.event_index() == 1 && Milliseconds(event) - last_ms > 30'000;
      EXPECT_TRUE(event.event_index() == last_index + 1 || is_reset) << event.DebugString();
      EXPECT_GE(Milliseconds(event), last_ms);
      last_index = event.event_index();
      last_ms = Milliseconds(event);
      EXPECT_EQ(event.session_id(), "s");
    }
    EXPECT_EQ(ids.size(), events.size());
  });
}

TEST(PlayTest, SendsHeartbeatsAfterElevenSecondsAndThenEveryTen) {
  Viewing viewing = Whole(absl::Seconds(65));
  int checked = 0;
  ForManyPlaybacks(viewing, [&checked](const Events& events) {
    const bool is_smooth = std::ranges::all_of(events, [](const v1::PlayerEvent& event) {
      const int type = event.event_type();
      return type < 20 || type == v1::EVENT_TYPE_VIEW ||
             (type == v1::EVENT_TYPE_PAUSE && event.position() == 65);
    });
    if (!is_smooth || Count(events, v1::EVENT_TYPE_PLAY_THROUGH_100) == 0) return;
    ++checked;
    std::vector<std::int64_t> since_play;
    std::vector<std::int64_t> watched;
    std::int64_t play = 0;
    for (const v1::PlayerEvent& event : events) {
      if (event.event_type() == v1::EVENT_TYPE_PLAY) play = Milliseconds(event);
      if (event.event_type() != v1::EVENT_TYPE_VIEW) continue;
      since_play.push_back((Milliseconds(event) - play) / 1000);
      watched.push_back(std::llround(event.play_time_sum() + 0.06));
    }
    EXPECT_THAT(since_play, testing::ElementsAre(0, 11, 21, 31, 41, 51, 61));
    EXPECT_THAT(watched, testing::ElementsAre(0, 11, 21, 31, 41, 51, 61));
  });
  EXPECT_GT(checked, 50);
}

TEST(PlayTest, SendsQuartilesInOrderAndOnce) {
  const std::vector<int> all = {11, 12, 13, 15, 14};
  ForManyPlaybacks(Whole(absl::Minutes(3)), [&all](const Events& events) {
    std::vector<int> quartiles;
    for (const v1::PlayerEvent& event : events) {
      if (event.event_type() >= 11 && event.event_type() <= 15) {
        quartiles.push_back(event.event_type());
      }
    }
    ASSERT_LE(quartiles.size(), all.size());
    EXPECT_TRUE(std::equal(quartiles.begin(), quartiles.end(), all.begin()));
    EXPECT_EQ(Count(events, v1::EVENT_TYPE_PLAY_THROUGH_100) == 1, quartiles.size() == all.size());
  });
}

TEST(PlayTest, BeginsItsSumsAgainAfterALongPause) {
  int resets = 0;
  ForManyPlaybacks(Whole(absl::Minutes(40)), [&resets](const Events& events) {
    double last_sum = 0;
    for (const v1::PlayerEvent& event : events) {
      if (event.event_index() == 1) {
        if (event.event_type() == v1::EVENT_TYPE_RESUME) ++resets;
        last_sum = 0;
      }
      if (event.event_type() != v1::EVENT_TYPE_VIEW) continue;
      EXPECT_LE(event.play_time_sum(), last_sum + 2 * 10.01 + 2) << event.DebugString();
      EXPECT_GE(event.play_time_sum(), last_sum);
      last_sum = event.play_time_sum();
    }
  });
  EXPECT_GT(resets, 20);
}

TEST(PlayTest, CreditsALiveStreamTenSecondsLessBufferingPerHeartbeat) {
  Viewing viewing = Whole(absl::Minutes(10));
  viewing.is_live = true;
  viewing.quality = 0.2;
  ForManyPlaybacks(viewing, [](const Events& events) {
    EXPECT_EQ(Count(events, v1::EVENT_TYPE_PLAY_THROUGH_25), 0);
    double expected = 0;
    bool is_first = true;
    for (const v1::PlayerEvent& event : events) {
      if (event.event_index() == 1) expected = 0;
      if (event.event_type() != v1::EVENT_TYPE_VIEW) continue;
      expected += 10 - (is_first ? 0 : event.buffer_time());
      is_first = false;
      EXPECT_NEAR(event.play_time_sum(), expected, 1e-9) << event.DebugString();
    }
  });
}

TEST(PlayTest, SendsNothingAfterTheEnd) {
  Viewing viewing = Whole(absl::Minutes(10));
  viewing.end = kStart + absl::Seconds(90);
  const std::int64_t end_ms = absl::ToUnixMillis(viewing.end);
  std::size_t cut = 0;
  ForManyPlaybacks(viewing, [&](const Events& events) {
    for (const v1::PlayerEvent& event : events) EXPECT_LE(Milliseconds(event), end_ms);
    cut = std::max(cut, events.size());
  });
  EXPECT_GT(cut, 8);
}

TEST(PlayTest, ErrorsCarryTheirCodeAndEndThePlayback) {
  std::map<int, int> by_position;
  ForManyPlaybacks(Whole(absl::Minutes(45)), [&by_position](const Events& events) {
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].event_type() != v1::EVENT_TYPE_ERROR) continue;
      EXPECT_NE(events[i].error_code(), "");
      EXPECT_EQ(i + 1, events.size());
      EXPECT_EQ(events[i].error_position() == 2, Count(events, v1::EVENT_TYPE_PLAY) == 1);
      ++by_position[events[i].error_position()];
    }
  });
  EXPECT_FALSE(by_position.empty());
}

}  // namespace
}  // namespace playhead::tools
