#include "services/ingest/verified_users.h"

#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ingest/ingest.h"
#include "tests/ingest/fake_event_log.h"
#include "tests/ingest/kaltura_session_maker.h"
#include "tests/ingest/metric_value.h"
#include "tests/ingest/recordings.h"

namespace playhead::ingest {
namespace {

using catalog::Dimension;

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t kNowSeconds = 1'795'364'844;
const absl::Time kNow = absl::FromUnixSeconds(kNowSeconds);

std::shared_ptr<const PartnerSecrets> Secrets(PartnerSecrets secrets) {
  return std::make_shared<const PartnerSecrets>(std::move(secrets));
}

std::string SessionOf(const std::string& user, int seconds = 60, int partner = 4711) {
  return MakeKalturaSession(partner, kSecret,
                            absl::StrCat("_e=", kNowSeconds + seconds, "&_u=", user));
}

class VerifiedUsersTest : public ::testing::Test {
 protected:
  void Track(const v1::PlayerEvent& event) {
    v1::TrackEventsRequest request;
    *request.add_events() = event;
    ingest_.TrackEvents({request, {}}, "127.0.0.1", absl::Seconds(1),
                        [](const auto& response) { ASSERT_TRUE(response.ok()); });
  }

  std::shared_ptr<const PartnerSecrets> secrets_ = Secrets({{4711, {kSecret}}, {4712, {kSecret}}});
  VerifiedUsers users_{[this] { return secrets_; }, {}, 3};
  FakeEventLog log_;
  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  Ingest ingest_{log_,
                 metrics_,
                 TimeLimits{},
                 [] { return kNow; },
                 {.clients = ClientFinder(), .users = &users_}};
};

TEST_F(VerifiedUsersTest, RemembersTheLastUsed) {
  for (const char* user : {"a", "b", "c", "a", "d"}) {
    EXPECT_EQ(users_.Find(4711, SessionOf(user), kNow), user);
  }
  EXPECT_EQ(users_.remembered(), 3U);
  EXPECT_EQ(users_.Find(4711, SessionOf("b"), kNow), "b");
  EXPECT_EQ(users_.remembered(), 3U);
}

TEST_F(VerifiedUsersTest, RemembersNothingThatDoesNotVerify) {
  EXPECT_EQ(users_.Find(4711, "x", kNow), "");
  EXPECT_EQ(users_.Find(4711, SessionOf("a", -1), kNow), "");
  EXPECT_EQ(users_.Find(4711, std::string(4097, 'A'), kNow), "");
  EXPECT_EQ(users_.remembered(), 0U);
}

TEST_F(VerifiedUsersTest, KeepsPartnersApart) {
  const std::string session = SessionOf("a");
  EXPECT_EQ(users_.Find(4711, session, kNow), "a");
  EXPECT_EQ(users_.Find(4712, session, kNow), "");
  EXPECT_EQ(users_.Find(4713, session, kNow), "");
  EXPECT_EQ(users_.Find(4711, session, kNow), "a");
}

TEST_F(VerifiedUsersTest, ForgetsWhatExpires) {
  const std::string session = SessionOf("a", 60);
  EXPECT_EQ(users_.Find(4711, session, kNow + absl::Seconds(59)), "a");
  EXPECT_EQ(users_.Find(4711, session, kNow + absl::Seconds(60)), "");
  EXPECT_EQ(users_.remembered(), 0U);
}

TEST_F(VerifiedUsersTest, ForgetsWhatOtherSecretsMade) {
  const std::string session = SessionOf("a");
  EXPECT_EQ(users_.Find(4711, session, kNow), "a");
  secrets_ = Secrets({{4711, {"another"}}});
  EXPECT_EQ(users_.Find(4711, session, kNow), "");
  secrets_ = Secrets({{4711, {"another", kSecret}}});
  EXPECT_EQ(users_.Find(4711, session, kNow), "a");
}

TEST_F(VerifiedUsersTest, TakeThePlaceOfTheClaimedUser) {
  v1::PlayerEvent event;
  event.set_event_type(3);
  event.set_partner_id(4711);
  event.set_entry_id("0_x");
  event.set_user_id("claimed");
  event.set_ks(SessionOf("verified"));
  Track(event);
  event.set_ks(SessionOf("late", -1));
  Track(event);
  event.set_ks(SessionOf("other", 60, 4712));
  Track(event);
  event.set_ks(SessionOf("0"));
  Track(event);
  event.clear_ks();
  Track(event);
  const auto events = log_.events();
  ASSERT_EQ(events.size(), 5U);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& out = events[i].event;
    const std::string user = i == 0 ? "verified" : "claimed";
    EXPECT_EQ(out.dimension(Dimension::kUser), user);
    EXPECT_EQ(out.viewer, Murmur3("4711/u:" + user).low);
    EXPECT_EQ(out.known_user, i == 0 ? Murmur3("4711/u:verified").low : 0U);
    // Of the event as sent, so that a late copy is of the same session.
    EXPECT_EQ(out.session, events[0].event.session);
  }
  EXPECT_EQ(MetricValue(registry_, "playhead_ingest_verified_sessions_total", {}), 1);
  EXPECT_EQ(MetricValue(registry_, "playhead_ingest_unverified_sessions_total", {}), 3);
}

TEST_F(VerifiedUsersTest, AreCutLikeClaimedOnes) {
  v1::PlayerEvent event;
  event.set_event_type(3);
  event.set_partner_id(4711);
  event.set_entry_id("0_x");
  event.set_ks(SessionOf(std::string(257, 'x')));
  Track(event);
  const Event out = log_.events().at(0).event;
  EXPECT_EQ(out.dimension(Dimension::kUser), std::string(256, 'x'));
  EXPECT_EQ(out.known_user, Murmur3("4711/u:" + std::string(256, 'x')).low);
}

TEST_F(VerifiedUsersTest, ComeOutOfRecordedBeacons) {
  int verified = 0;
  for (const std::string& name : RecordingNames()) {
    for (const Recorded& beacon : ReadRecordedBeacons(name)) {
      ingest_.TrackBeacon({.target = beacon.target,
                           .content_type = beacon.content_type,
                           .body = beacon.body,
                           .peer_address = "192.0.2.1",
                           .user_agent = beacon.user_agent},
                          [](const absl::Status& status) { ASSERT_TRUE(status.ok()); });
    }
  }
  for (const RoutedEvent& routed : log_.events()) {
    if (routed.event.known_user == 0) continue;
    EXPECT_EQ(routed.event.known_user, Murmur3("4711/u:viewer@example.com").low);
    EXPECT_EQ(routed.event.viewer, routed.event.known_user);
    EXPECT_EQ(routed.event.dimension(Dimension::kUser), "viewer@example.com");
    ++verified;
  }
  EXPECT_EQ(MetricValue(registry_, "playhead_ingest_verified_sessions_total", {}), verified);
  EXPECT_GT(verified, 100);
}

}  // namespace
}  // namespace playhead::ingest
