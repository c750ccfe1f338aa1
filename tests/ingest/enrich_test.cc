#include "services/ingest/enrich.h"

#include <xxhash.h>

#include "common/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ingest/identity.h"

namespace playhead::ingest {
namespace {

using catalog::Dimension;
using catalog::Number;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

const absl::Time kNow = absl::FromUnixMillis(1'795'364'844'123);
constexpr Id128 kContent{.high = 1, .low = 2};

v1::PlayerEvent MakeEvent() {
  v1::PlayerEvent event;
  event.set_event_type(99);
  event.set_partner_id(4711);
  event.set_entry_id("0_x");
  event.set_session_id("a:b");
  return event;
}

Arrival MakeArrival() {
  return {.receive_time = kNow,
          .door = v1::DOOR_BEACON,
          .client = {.address = "192.0.2.1", .place = {}, .isp = {}},
          .user_agent = "ua"};
}

RoutedEvent EnrichIt(const v1::PlayerEvent& event) {
  FieldNotes notes;
  return Enrich(event, kContent, MakeArrival(), notes);
}

TEST(EnrichTest, SetsWhatReportsNeed) {
  v1::PlayerEvent in = MakeEvent();
  in.set_referrer("http://H.example:8080/P?q");
  in.set_playback_type("LIVE");
  in.set_delivery_type("hls");
  in.set_application("portal");
  in.set_playback_context("4501");
  in.set_custom_var_1("1");
  in.set_custom_var_2("2");
  in.set_custom_var_3("3");
  in.set_client_version("3.17");
  in.set_ui_conf_id("23");
  in.set_user_id("me");
  in.set_virtual_event_id("901");
  in.set_playlist_id("0_pl");
  in.set_error_code("3022");
  in.set_event_index(7);
  const Event out = EnrichIt(in).event;
  EXPECT_EQ(out.partner, 4711);
  EXPECT_EQ(out.event_type, 99);
  EXPECT_EQ(out.door, v1::DOOR_BEACON);
  EXPECT_EQ(out.event_index, 7U);
  EXPECT_EQ(out.receive_time_ms, 1'795'364'844'123);
  EXPECT_EQ(out.event_time_ms, 1'795'364'844'123);
  EXPECT_EQ(out.known_user, 0U);
  std::vector<std::string> dimensions(out.dimensions.begin(), out.dimensions.end());
  EXPECT_THAT(dimensions, ElementsAre("0_x", "", "", "", "", "", "", "", "", "", "h.example",
                                      "h.example:8080/P", "portal", "4501", "1", "2", "3", "live",
                                      "hls", "3.17", "23", "me", "901", "0_pl", "", "3022"));
}

TEST(EnrichTest, RoundsNumbersOnce) {
  v1::PlayerEvent in = MakeEvent();
  in.set_play_time_sum(20.9505);
  in.set_buffer_time(0.0004999);
  in.set_join_time(0.0135);
  in.set_actual_bitrate(244.1406);
  in.set_playback_speed(1.5);
  EXPECT_THAT(EnrichIt(in).event.numbers, ElementsAre(20951, 0, 14, 244141, 1'500'000));
}

TEST(EnrichTest, LeavesAbsentNumbersAbsent) {
  v1::PlayerEvent in = MakeEvent();
  EXPECT_THAT(EnrichIt(in).event.numbers, ElementsAre(-1, -1, -1, -1, -1));
  for (const double bitrate : {-1.0, 0.0}) {
    in.set_actual_bitrate(bitrate);
    EXPECT_EQ(EnrichIt(in).event.number(Number::kBitrateBps), -1);
  }
  in.set_play_time_sum(0);
  EXPECT_EQ(EnrichIt(in).event.number(Number::kPlayTimeSumMs), 0);
}

TEST(EnrichTest, TakesTheTimeOfTheEventWhereItHasOne) {
  v1::PlayerEvent in = MakeEvent();
  in.mutable_occur_time()->set_seconds(1'795'000'000);
  in.mutable_occur_time()->set_nanos(7'999'999);
  EXPECT_EQ(EnrichIt(in).event.event_time_ms, 1'795'000'000'007);
  EXPECT_EQ(EnrichIt(in).event.receive_time_ms, 1'795'364'844'123);
}

TEST(EnrichTest, HashesSessionAndRoute) {
  const RoutedEvent out = EnrichIt(MakeEvent());
  EXPECT_EQ(out.event.session, Murmur3("4711/a:b"));
  EXPECT_EQ(out.route, XXH3_64bits("4711/a:b", 8));
}

TEST(EnrichTest, ChoosesTheViewer) {
  v1::PlayerEvent in = MakeEvent();
  EXPECT_EQ(EnrichIt(in).event.viewer, Murmur3("4711/s:a:b").low);
  in.set_persistent_session_id("p");
  EXPECT_EQ(EnrichIt(in).event.viewer, Murmur3("4711/p:p").low);
  in.set_user_id("me");
  EXPECT_EQ(EnrichIt(in).event.viewer, Murmur3("4711/u:me").low);
}

TEST(EnrichTest, ChoosesTheIdentity) {
  v1::PlayerEvent in = MakeEvent();
  EXPECT_TRUE(EnrichIt(in).event.identity.IsZero());
  const Id128 fingerprint = Fingerprint(kContent, "a:b");
  EXPECT_EQ(EnrichIt(in).event.content, fingerprint.low);
  in.set_event_index(1);
  EXPECT_EQ(EnrichIt(in).event.identity, fingerprint);
  in.set_event_id("id-1");
  EXPECT_EQ(EnrichIt(in).event.identity, EventIdIdentity(4711, "id-1"));
  EXPECT_EQ(EnrichIt(in).event.content, fingerprint.low);
}

TEST(EnrichTest, NamesStrangersApart) {
  v1::PlayerEvent in = MakeEvent();
  in.clear_session_id();
  FieldNotes notes;
  const Event base = Enrich(in, kContent, MakeArrival(), notes).event;
  EXPECT_EQ(Enrich(in, kContent, MakeArrival(), notes).event.session, base.session);

  Arrival other = MakeArrival();
  other.client.address = "192.0.2.2";
  EXPECT_FALSE(Enrich(in, kContent, other, notes).event.session == base.session);
  other = MakeArrival();
  other.user_agent = "other";
  EXPECT_FALSE(Enrich(in, kContent, other, notes).event.session == base.session);
  for (const auto change :
       {&v1::PlayerEvent::mutable_user_id, &v1::PlayerEvent::mutable_referrer}) {
    v1::PlayerEvent changed = in;
    *(changed.*change)() = "http://x/";
    EXPECT_FALSE(Enrich(changed, kContent, MakeArrival(), notes).event.session == base.session);
  }
}

TEST(EnrichTest, AnonymousSessionsAreTexts) {
  EXPECT_THAT(AnonymousSession(
                  {.partner = 1, .address = "a", .user_agent = "b", .user = "c", .referrer = "d"}),
              MatchesRegex("anon:[0-9a-f]{32}"));
  EXPECT_NE(AnonymousSession({.partner = 1, .address = "ab", .user_agent = "c"}),
            AnonymousSession({.partner = 1, .address = "a", .user_agent = "bc"}));
  EXPECT_NE(AnonymousSession({.partner = 1}), AnonymousSession({.partner = 2}));
}

TEST(EnrichTest, CutsLongPages) {
  v1::PlayerEvent in = MakeEvent();
  FieldNotes notes;
  in.set_referrer("http://h/" + std::string(1022, 'x'));
  EXPECT_EQ(Enrich(in, kContent, MakeArrival(), notes).event.dimension(Dimension::kPage).size(),
            1024U);
  EXPECT_THAT(notes.cut, IsEmpty());
  in.set_referrer("http://h/" + std::string(1021, 'x') + "é");
  EXPECT_EQ(Enrich(in, kContent, MakeArrival(), notes).event.dimension(Dimension::kPage).size(),
            1023U);
  EXPECT_THAT(notes.cut, ElementsAre("referrer"));
}

TEST(IdentityTest, SeesPartnerAndId) {
  EXPECT_TRUE(EventIdIdentity(1, "").IsZero());
  EXPECT_EQ(EventIdIdentity(1, "a"), EventIdIdentity(1, "a"));
  EXPECT_FALSE(EventIdIdentity(1, "a") == EventIdIdentity(2, "a"));
  EXPECT_FALSE(EventIdIdentity(1, "a") == EventIdIdentity(1, "b"));
}

TEST(IdentityTest, HashesContentWithoutTheId) {
  v1::PlayerEvent event = MakeEvent();
  const Id128 base = HashContent(event);
  event.set_event_id("x");
  EXPECT_EQ(HashContent(event), base);
  EXPECT_EQ(event.event_id(), "x");
  event.set_position(1);
  EXPECT_FALSE(HashContent(event) == base);
}

TEST(IdentityTest, FingerprintsDependOnContentAndSession) {
  EXPECT_EQ(Fingerprint({1, 2}, "s"), Fingerprint({1, 2}, "s"));
  EXPECT_FALSE(Fingerprint({1, 2}, "s") == Fingerprint({1, 2}, "t"));
  EXPECT_FALSE(Fingerprint({1, 2}, "s") == Fingerprint({2, 1}, "s"));
}

TEST(EnrichTest, SetsWhatTheUserAgentSays) {
  const UserAgent agent = {.device = "computer",
                           .operating_system = "Windows 10",
                           .operating_system_family = "Windows",
                           .browser = "Chrome 156",
                           .browser_family = "Chrome"};
  Arrival arrival = MakeArrival();
  arrival.agent = &agent;
  FieldNotes notes;
  const Event out = Enrich(MakeEvent(), kContent, arrival, notes).event;
  EXPECT_EQ(out.dimension(Dimension::kDevice), "computer");
  EXPECT_EQ(out.dimension(Dimension::kOperatingSystem), "Windows 10");
  EXPECT_EQ(out.dimension(Dimension::kOperatingSystemFamily), "Windows");
  EXPECT_EQ(out.dimension(Dimension::kBrowser), "Chrome 156");
  EXPECT_EQ(out.dimension(Dimension::kBrowserFamily), "Chrome");
  EXPECT_EQ(out.dimension(Dimension::kTraffic), "");
}

TEST(EnrichTest, WhatTheUserAgentSaysIsNoPartOfTheIdentity) {
  const UserAgent agent = {.device = "mobile", .is_bot = true};
  v1::PlayerEvent event = MakeEvent();
  event.set_event_index(7);
  event.clear_session_id();
  Arrival arrival = MakeArrival();
  arrival.agent = &agent;
  FieldNotes notes;
  const RoutedEvent with = Enrich(event, kContent, arrival, notes);
  const RoutedEvent without = EnrichIt(event);
  EXPECT_EQ(with.event.dimension(Dimension::kTraffic), "bot");
  EXPECT_EQ(with.route, without.route);
  EXPECT_EQ(with.event.identity, without.event.identity);
  EXPECT_EQ(with.event.content, without.event.content);
  EXPECT_EQ(with.event.session, without.event.session);
  EXPECT_EQ(with.event.viewer, without.event.viewer);
}

}  // namespace
}  // namespace playhead::ingest
