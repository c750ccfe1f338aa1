#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "services/ingest/ingest.h"
#include "tests/ingest/fake_event_log.h"
#include "tests/ingest/recordings.h"
#include "tests/ingest/uap_core.h"
#include "tests/ingest/viewer_user_agents.h"

// From the two doors to the events of the log.
namespace playhead::ingest {
namespace {

using catalog::Dimension;

const absl::Time kNow = absl::FromUnixSeconds(1'795'364'844);
constexpr char kCrawler[] =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

class UserAgentIngestTest : public ::testing::Test {
 protected:
  void Track(const Recorded& beacon, const std::string& user_agent) {
    ingest_.TrackBeacon({.target = beacon.target,
                         .content_type = beacon.content_type,
                         .body = beacon.body,
                         .peer_address = "192.0.2.1",
                         .user_agent = user_agent},
                        [](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  }
  Event TrackEvent(const std::string& user_agent) {
    v1::TrackEventsRequest request;
    v1::PlayerEvent& event = *request.add_events();
    event.set_event_type(3);
    event.set_partner_id(1);
    event.set_entry_id("e");
    event.set_session_id("s");
    event.set_event_index(1);
    event.set_user_agent(user_agent);
    ingest_.TrackEvents({request, {}}, "127.0.0.1", absl::Seconds(1), [](const auto& answer) {
      ASSERT_TRUE(answer.ok());
      EXPECT_EQ(answer->accepted_count(), 1);
    });
    return log_.events().back().event;
  }

  FakeEventLog log_;
  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  UserAgentCache user_agents_{[](std::string_view text) { return InstalledParser().Parse(text); },
                              64};
  Ingest ingest_{log_,
                 metrics_,
                 {},
                 [] { return kNow; },
                 {.clients = ClientFinder(), .user_agents = &user_agents_}};
};

TEST_F(UserAgentIngestTest, RecordedBeaconsComeFromHeadlessChromeOnAComputer) {
  for (const Recorded& beacon : ReadRecordedBeacons("normal_mp4_60s")) {
    Track(beacon, beacon.user_agent);
    const Event event = log_.events().back().event;
    EXPECT_EQ(event.dimension(Dimension::kDevice), "computer");
    EXPECT_EQ(event.dimension(Dimension::kOperatingSystem), "Linux");
    EXPECT_EQ(event.dimension(Dimension::kOperatingSystemFamily), "Linux");
    EXPECT_EQ(event.dimension(Dimension::kBrowser), "HeadlessChrome 156");
    EXPECT_EQ(event.dimension(Dimension::kBrowserFamily), "HeadlessChrome");
    EXPECT_EQ(event.dimension(Dimension::kTraffic), "");
  }
}

TEST_F(UserAgentIngestTest, RecordedBeaconsOfEveryViewerSayTheDevice) {
  const Recorded beacon = ReadRecordedBeacons("normal_mp4_60s").front();
  for (const ViewerUserAgent& viewer : kViewerUserAgents) {
    Track(beacon, viewer.text);
    const Event event = log_.events().back().event;
    EXPECT_EQ(event.dimension(Dimension::kDevice), viewer.device) << viewer.text;
    EXPECT_EQ(event.dimension(Dimension::kOperatingSystem), viewer.operating_system) << viewer.text;
    EXPECT_EQ(event.dimension(Dimension::kBrowser), viewer.browser) << viewer.text;
  }
  EXPECT_EQ(log_.events().size(), std::size(kViewerUserAgents));
}

TEST_F(UserAgentIngestTest, TheUserAgentOfABeaconIsNoPartOfItsIdentity) {
  const Recorded beacon = ReadRecordedBeacons("normal_mp4_60s").front();
  Track(beacon, beacon.user_agent);
  Track(beacon, kCrawler);
  const auto events = log_.events();
  EXPECT_FALSE(events[0].event.identity.IsZero());
  EXPECT_EQ(events[0].event.identity, events[1].event.identity);
  EXPECT_EQ(events[0].event.content, events[1].event.content);
}

TEST_F(UserAgentIngestTest, AServerForwardsItsViewersUserAgents) {
  const Event event = TrackEvent(kViewerUserAgents[0].text);
  EXPECT_EQ(event.dimension(Dimension::kDevice), "computer");
  EXPECT_EQ(event.dimension(Dimension::kBrowser), "Chrome 142");
}

TEST_F(UserAgentIngestTest, NoUserAgentIsUnknown) {
  const Event event = TrackEvent("");
  EXPECT_EQ(event.dimension(Dimension::kDevice), "");
  EXPECT_EQ(event.dimension(Dimension::kBrowser), "");
  EXPECT_EQ(event.dimension(Dimension::kOperatingSystem), "");
  EXPECT_EQ(user_agents_.size(), 0U);
}

TEST_F(UserAgentIngestTest, ACrawlerIsABot) {
  const Event event = TrackEvent(kCrawler);
  EXPECT_EQ(event.dimension(Dimension::kTraffic), "bot");
  EXPECT_EQ(event.dimension(Dimension::kDevice), "");
}

}  // namespace
}  // namespace playhead::ingest
