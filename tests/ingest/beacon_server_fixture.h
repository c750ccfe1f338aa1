#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ingest/beacon_server.h"
#include "tests/ingest/fake_event_log.h"
#include "tests/ingest/http_client.h"
#include "tests/ingest/metric_value.h"

namespace playhead::ingest {

inline constexpr char kBody[] = R"({"time":1795364844,"viewEventsEnabled":true})";
inline constexpr char kUrl[] =
    "/api_v3/index.php?service=analytics&action=trackEvent&eventType=3&partnerId=4711"
    "&entryId=0_x&sessionId=s";

inline void ExpectCors(const HttpAnswer& answer) {
  const auto header = [&](const char* name) {
    const auto it = answer.headers.find(name);
    return it == answer.headers.end() ? "" : it->second;
  };
  EXPECT_EQ(header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header("Access-Control-Allow-Methods"), "POST, GET, HEAD, OPTIONS");
  EXPECT_EQ(header("Access-Control-Allow-Headers"),
            "Origin, X-Requested-With, Content-Type, Accept, Range, Cache-Control");
  EXPECT_EQ(header("Access-Control-Max-Age"), "86400");
  EXPECT_EQ(header("Access-Control-Expose-Headers"),
            "Server, Content-Length, Content-Range, Date, X-Kaltura, X-Kaltura-Session, X-Me");
}

inline void ExpectGood(const HttpAnswer& answer) {
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kBody);
  EXPECT_THAT(answer.headers,
              ::testing::Contains(::testing::Pair("Content-Type", "application/json")));
  EXPECT_THAT(answer.headers, ::testing::Contains(::testing::Pair("Cache-Control", "no-store")));
  ExpectCors(answer);
}

class BeaconServerTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart({}); }
  void TearDown() override { server_.reset(); }

  void Restart(BeaconServerOptions options) {
    server_.reset();
    options.listen = "127.0.0.1:0";
    const Clock clock = [] { return absl::FromUnixSeconds(1'795'364'844); };
    registry_ = std::make_shared<prometheus::Registry>();
    metrics_ = std::make_unique<IngestMetrics>(*registry_);
    ingest_ = std::make_unique<Ingest>(log_, *metrics_, TimeLimits{}, clock);
    auto server = BeaconServer::Start(options, *ingest_, *metrics_, clock);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  double Outcome(const std::string& outcome) {
    return MetricValue(*registry_, "playhead_ingest_events_total",
                       {{"door", "beacon"}, {"outcome", outcome}});
  }
  std::vector<std::string> Entries() const {
    std::vector<std::string> entries;
    for (const RoutedEvent& e : log_.events()) {
      entries.push_back(e.event.dimension(catalog::Dimension::kEntry));
    }
    return entries;
  }

  FakeEventLog log_;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<IngestMetrics> metrics_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<BeaconServer> server_;
};

}  // namespace playhead::ingest
