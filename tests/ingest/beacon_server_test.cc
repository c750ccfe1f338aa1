#include <functional>
#include <map>
#include <thread>

#include "absl/time/clock.h"
#include "tests/ingest/beacon_server_fixture.h"
#include "tests/ingest/recordings.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(BeaconServerTest, AnswersWhatAPlayerNeeds) {
  HttpClient client(server_->port());
  ExpectGood(client.Ask(Post(kUrl, R"({"eventIndex":1})")));
  ExpectGood(client.Ask(Get(kUrl)));
  ExpectGood(
      client.Ask(Get("/api_v3/service/analytics/action/trackEvent?eventType=3&partnerId=1"
                     "&entryId=0_y")));
  ExpectGood(client.Ask(
      Post("/", "eventType=3&partnerId=1&entryId=0_z", "application/x-www-form-urlencoded")));
  EXPECT_THAT(Entries(), ElementsAre("0_x", "0_x", "0_y", "0_z"));
  EXPECT_EQ(Outcome("accepted"), 4);
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_beacons_total"), 4);
}

TEST_F(BeaconServerTest, TakesTargetsInAbsoluteForm) {
  HttpClient client(server_->port());
  ExpectGood(client.Ask(Get("http://h" + std::string(kUrl))));
  ExpectGood(client.Ask(Post("http://h?eventType=3&partnerId=1", R"({"entryId":"0_y"})")));
  EXPECT_THAT(Entries(), ElementsAre("0_x", "0_y"));
  EXPECT_EQ(client.Ask(Get("http://h/favicon.ico")).status, 404);
}

TEST_F(BeaconServerTest, AnswersPreflightsOfAnyUrl) {
  HttpClient client(server_->port());
  for (const char* target : {kUrl, "/api_v3/service/user/action/get", "*"}) {
    const HttpAnswer answer = client.Ask("OPTIONS " + std::string(target) +
                                         " HTTP/1.1\r\nHost: h\r\n"
                                         "Access-Control-Request-Method: POST\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    ExpectCors(answer);
  }
  EXPECT_EQ(client.Ask("OPTIONS / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}").status, 200);
  ExpectGood(client.Ask(Get(kUrl)));
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_preflights_total"), 4);
}

TEST_F(BeaconServerTest, ServesEveryRecordedRequest) {
  int beacons = 0;
  int preflights = 0;
  for (const std::string& name : RecordingNames()) {
    HttpClient client(server_->port());
    for (const Recorded& r : ReadRecording(name)) {
      const HttpAnswer answer = client.Ask(
          r.method + " " + r.target + " HTTP/1.1\r\nHost: h\r\nUser-Agent: " + r.user_agent +
          "\r\nContent-Type: " + r.content_type +
          "\r\nContent-Length: " + std::to_string(r.body.size()) + "\r\n\r\n" + r.body);
      ExpectCors(answer);
      const bool is_beacon = r.path == "/api_v3/index.php" && r.method != "OPTIONS";
      beacons += is_beacon ? 1 : 0;
      preflights += r.method == "OPTIONS" ? 1 : 0;
      EXPECT_EQ(answer.status, is_beacon || r.method == "OPTIONS" ? 200 : 404) << r.target;
      if (is_beacon) {
        EXPECT_EQ(answer.body, kBody);
      }
    }
  }
  EXPECT_THAT(log_.events(), SizeIs(413));
  EXPECT_EQ(beacons, 413);
  EXPECT_THAT(log_.rejected(), IsEmpty());
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_preflights_total"), preflights);
}

TEST_F(BeaconServerTest, AnswersPipelinedRequestsInOrder) {
  HttpClient client(server_->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += Post("/?eventType=3&partnerId=1&entryId=e" + std::to_string(i), "{}");
    requests += "OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  ASSERT_TRUE(client.Send(requests));
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Read().body, kBody);
    EXPECT_EQ(client.Read().body, "");
    expected.push_back("e" + std::to_string(i));
  }
  EXPECT_EQ(Entries(), expected);
}

TEST_F(BeaconServerTest, AnswersOnlyAfterTheLog) {
  log_.Hold();
  HttpClient client(server_->port());
  ASSERT_TRUE(client.Send(Get(kUrl)));
  log_.WaitForHeld(1);
  HttpClient other(server_->port());
  EXPECT_EQ(other.Ask("OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_THAT(log_.events(), IsEmpty());
  log_.Release();
  ExpectGood(client.Read());
}

TEST_F(BeaconServerTest, SaysUnavailableWhenTheLogIsAway) {
  log_.GoAway();
  HttpClient client(server_->port());
  for (int i = 0; i < 2; ++i) {
    const HttpAnswer answer = client.Ask(Get(kUrl));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.headers.at("Retry-After"), "2");
    ExpectCors(answer);
  }
  EXPECT_EQ(Outcome("unavailable"), 2);
  EXPECT_THAT(log_.rejected(), IsEmpty());
}

TEST_F(BeaconServerTest, RefusesOtherPathsAndMethods) {
  HttpClient client(server_->port());
  for (const char* target :
       {"/favicon.ico", "/api_v3/index.php?service=stats&action=collect", "/api_v3"}) {
    const HttpAnswer answer = client.Ask(Get(target));
    EXPECT_EQ(answer.status, 404) << target;
    ExpectCors(answer);
  }
  for (const char* method : {"PUT", "DELETE", "PATCH", "TRACE"}) {
    const HttpAnswer answer = client.Ask(std::string(method) + " / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.at("Allow"), "GET, POST, HEAD, OPTIONS");
  }
  ASSERT_TRUE(client.Send("HEAD " + std::string(kUrl) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.Read(false).status, 200);
  EXPECT_THAT(log_.events(), IsEmpty());
  EXPECT_THAT(log_.rejected(), IsEmpty());
  ExpectGood(client.Ask(Get(kUrl)));
}

TEST_F(BeaconServerTest, ReadsChunkedBodiesAndAsksForThemToContinue) {
  HttpClient client(server_->port());
  client.Send("POST " + std::string(kUrl) +
              " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
              "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  client.Send("6\r\n{\"user\r\nB\r\nId\":\"\xC3\xA9\"}  \r\n0\r\n\r\n");
  ExpectGood(client.Read());
  ASSERT_THAT(log_.events(), SizeIs(1));
  EXPECT_EQ(log_.events()[0].event.dimension(catalog::Dimension::kUser), "é");
}

TEST_F(BeaconServerTest, ClosesWhereTheClientAsksForIt) {
  HttpClient client(server_->port());
  const HttpAnswer answer =
      client.Ask("GET " + std::string(kUrl) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ExpectGood(answer);
  EXPECT_EQ(answer.headers.at("Connection"), "close");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(BeaconServerTest, DrainAnswersWhatIsInFlight) {
  log_.Hold();
  HttpClient idle(server_->port());
  EXPECT_EQ(idle.Ask("OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  auto busy = std::make_unique<HttpClient>(server_->port());
  busy->Send(Get(kUrl));
  log_.WaitForHeld(1);
  std::thread drain([&] { server_->Drain(absl::Seconds(20)); });
  EXPECT_TRUE(idle.IsClosed());
  log_.Release();
  HttpAnswer answer = busy->Read();
  busy.reset();
  drain.join();
  ExpectGood(answer);
  EXPECT_EQ(answer.headers["Connection"], "close");
  EXPECT_THAT(log_.events(), SizeIs(1));
}

TEST_F(BeaconServerTest, NamesATakenPortAndABadAddress) {
  const Clock clock = absl::Now;
  const auto start = [&](const std::string& listen) {
    BeaconServerOptions options;
    options.listen = listen;
    return BeaconServer::Start(options, *ingest_, *metrics_, clock).status();
  };
  EXPECT_TRUE(absl::IsUnavailable(start("127.0.0.1:" + std::to_string(server_->port()))));
  EXPECT_TRUE(absl::IsInvalidArgument(start("127.0.0.1")));
  EXPECT_TRUE(absl::IsInvalidArgument(start("nobody:1")));
}

TEST_F(BeaconServerTest, KeepsStrangersWithoutSessionApart) {
  HttpClient client(server_->port());
  client.Ask(Get("/?eventType=3&partnerId=1&entryId=x&userId=a"));
  client.Ask(Get("/?eventType=3&partnerId=1&entryId=x&userId=b"));
  client.Ask(Get("/?eventType=3&partnerId=1&entryId=x&userId=a&sessionId="));
  const auto events = log_.events();
  EXPECT_FALSE(events[0].event.session == events[1].event.session);
  EXPECT_EQ(events[0].event.session, events[2].event.session);
}

}  // namespace
}  // namespace playhead::ingest
