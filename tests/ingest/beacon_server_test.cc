#include "services/ingest/beacon_server.h"

#include <functional>
#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/fake_event_log.h"
#include "tests/ingest/http_client.h"
#include "tests/ingest/metric_value.h"
#include "tests/ingest/recordings.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kBody[] = R"({"time":1795364844,"viewEventsEnabled":true})";
constexpr char kUrl[] =
    "/api_v3/index.php?service=analytics&action=trackEvent&eventType=3&partnerId=4711"
    "&entryId=0_x&sessionId=s";

void ExpectCors(const HttpAnswer& answer) {
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

void ExpectGood(const HttpAnswer& answer) {
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kBody);
  EXPECT_THAT(answer.headers, ::testing::Contains(Pair("Content-Type", "application/json")));
  EXPECT_THAT(answer.headers, ::testing::Contains(Pair("Cache-Control", "no-store")));
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

TEST_F(BeaconServerTest, AnswersWhatAPlayerNeeds) {
  HttpClient client(server_->port());
  ExpectGood(client.Ask(Post(kUrl, R"({"eventIndex":1})")));
  ExpectGood(client.Ask(Get(kUrl)));
  ExpectGood(client.Ask(Get("/api_v3/service/analytics/action/trackEvent?eventType=3&partnerId=1"
                            "&entryId=0_y")));
  ExpectGood(client.Ask(Post("/", "eventType=3&partnerId=1&entryId=0_z",
                             "application/x-www-form-urlencoded")));
  EXPECT_THAT(Entries(), ElementsAre("0_x", "0_x", "0_y", "0_z"));
  EXPECT_EQ(Outcome("accepted"), 4);
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_beacons_total"), 4);
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

TEST_F(BeaconServerTest, AnswersGoodToRejectedBeaconsAndCountsThem) {
  struct Case {
    std::string request;
    v1::RejectionReason reason;
    std::int32_t partner;
  };
  const std::string url = kUrl;
  std::string many = "{";
  for (int i = 0; i < 10'000; ++i) many += "\"" + std::to_string(i) + "\":1,";
  many.back() = '}';
  const Case cases[] = {
      {Post(url, R"({"a":)"), v1::REJECTION_REASON_MALFORMED, 4711},
      {Post(url, "{\"a\":\"\xFF\"}"), v1::REJECTION_REASON_INVALID_UTF8, 4711},
      {Post(url, R"({"a":"\u0000"})"), v1::REJECTION_REASON_NUL_BYTE, 4711},
      {Post(url, many.substr(0, 60'000) + "}"), v1::REJECTION_REASON_TOO_MANY_PARAMETERS, 4711},
      {Get("/?partnerId=7&entryId=x"), v1::REJECTION_REASON_MISSING_EVENT_TYPE, 7},
      {Get("/?eventType=3&entryId=x"), v1::REJECTION_REASON_BAD_PARTNER, 0},
      {Get("/?eventType=3&entryId=x&partnerId=-4"), v1::REJECTION_REASON_BAD_PARTNER, 0},
      {Get("/?eventType=3&partnerId=7"), v1::REJECTION_REASON_MISSING_ENTRY, 7},
      {Get("/?eventType=3&partnerId=666&entryId=x"), v1::REJECTION_REASON_UNKNOWN_PARTNER, 666},
  };
  log_.RefusePartner(666);
  HttpClient client(server_->port());
  std::map<RejectedKey, int> expected;
  for (const Case& c : cases) {
    ExpectGood(client.Ask(c.request));
    ExpectGood(client.Ask(Get(kUrl)));
    ++expected[{.minute = 1'795'364'844 / 60,
                .door = v1::DOOR_BEACON,
                .partner = c.partner,
                .reason = c.reason}];
  }
  EXPECT_EQ(log_.rejected(), expected);
  EXPECT_THAT(log_.events(), SizeIs(std::size(cases)));
  for (const auto& [reason, count] : log_.rejected_by_reason()) {
    EXPECT_EQ(Outcome(std::string(ReasonName(reason))), count);
  }
  EXPECT_EQ(Outcome("accepted"), std::size(cases));
}

TEST_F(BeaconServerTest, RefusesWhatIsTooLarge) {
  struct Case {
    std::string request;
    int status;
  };
  const std::string url = std::string(kUrl) + "&x=";
  const std::string line = "GET  HTTP/1.1\r\n";
  const auto get = [&](std::size_t line_bytes) {
    return Get(url + std::string(line_bytes - line.size() - url.size(), 'x'));
  };
  const auto with_headers = [&](std::size_t bytes) {
    const std::string frame = "Host: h\r\nX: \r\n\r\n";
    return "GET " + std::string(kUrl) + " HTTP/1.1\r\nHost: h\r\nX: " +
           std::string(bytes - frame.size(), 'x') + "\r\n\r\n";
  };
  const auto with_body = [&](std::size_t bytes) {
    return Post(kUrl, R"({"a":")" + std::string(bytes - 8, 'x') + R"("})");
  };
  const Case cases[] = {
      {get(16 << 10), 200},           {get((16 << 10) + 1), 414},
      {get(40 << 10), 414},           {with_headers(16 << 10), 200},
      {with_headers((16 << 10) + 1), 431}, {with_headers(40 << 10), 431},
      {with_body(64 << 10), 200},     {with_body((64 << 10) + 1), 413},
      {with_body(1 << 20), 413},
  };
  int refused = 0;
  for (const Case& c : cases) {
    HttpClient client(server_->port());
    client.Send(c.request);
    const HttpAnswer answer = client.Read();
    EXPECT_EQ(answer.status, c.status) << c.request.size();
    ExpectCors(answer);
    if (c.status == 200) {
      ExpectGood(answer);
    } else {
      ++refused;
      EXPECT_TRUE(client.IsClosed());
    }
  }
  EXPECT_THAT(log_.rejected_by_reason(),
              ElementsAre(Pair(v1::REJECTION_REASON_TOO_LARGE, refused)));
  EXPECT_EQ(Outcome("too_large"), refused);
  EXPECT_THAT(log_.events(), SizeIs(3));
}

TEST_F(BeaconServerTest, RefusesLargeChunkedBodies) {
  HttpClient client(server_->port());
  std::string request = "POST " + std::string(kUrl) +
                        " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) request += "1000\r\n" + std::string(4096, ' ') + "\r\n";
  client.Send(request);
  EXPECT_EQ(client.Read().status, 413);
  EXPECT_EQ(Outcome("too_large"), 1);
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

TEST_F(BeaconServerTest, RefusesWhatIsNoHttp) {
  HttpClient client(server_->port());
  EXPECT_EQ(client.Ask("nonsense\r\n\r\n").status, 400);
  EXPECT_TRUE(client.IsClosed());
  EXPECT_THAT(log_.rejected(), IsEmpty());
}

TEST_F(BeaconServerTest, ClosesSlowConnectionsAndNobodyElses) {
  BeaconServerOptions options;
  options.timeouts = {.idle = absl::Seconds(20),
                      .header = absl::Milliseconds(50),
                      .body = absl::Milliseconds(50)};
  Restart(options);
  HttpClient neighbour(server_->port());
  ExpectGood(neighbour.Ask(Get(kUrl)));
  HttpClient slow_header(server_->port());
  slow_header.Send("POST /");
  HttpClient slow_body(server_->port());
  slow_body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_TRUE(slow_header.IsClosed());
  EXPECT_TRUE(slow_body.IsClosed());
  ExpectGood(neighbour.Ask(Get(kUrl)));
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_slow_connections_total"), 2);
}

TEST_F(BeaconServerTest, ClosesIdleConnections) {
  BeaconServerOptions options;
  options.timeouts.idle = absl::Milliseconds(50);
  Restart(options);
  HttpClient client(server_->port());
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(BeaconServerTest, BoundsConnections) {
  BeaconServerOptions options;
  options.max_connections = 1;
  Restart(options);
  HttpClient first(server_->port());
  ExpectGood(first.Ask(Get(kUrl)));
  HttpClient second(server_->port());
  EXPECT_EQ(second.Read().status, 503);
  ExpectGood(first.Ask(Get(kUrl)));
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_refused_connections_total"), 1);
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

TEST_F(BeaconServerTest, CountsSoftAndCutFields) {
  HttpClient client(server_->port());
  ExpectGood(client.Ask(Post(kUrl, R"({"playTimeSum":1e12,"bufferTime":-1,"joinTime":"x"})")));
  ExpectGood(client.Ask(Post(kUrl, R"({"customVar1":")" + std::string(4096, 'x') + R"("})")));
  const auto soft = [&](const char* field) {
    return MetricValue(*registry_, "playhead_ingest_soft_fields_total", {{"field", field}});
  };
  EXPECT_EQ(soft("play_time_sum"), 1);
  EXPECT_EQ(soft("buffer_time"), 1);
  EXPECT_EQ(soft("join_time"), 1);
  EXPECT_EQ(soft("position"), 0);
  EXPECT_EQ(MetricValue(*registry_, "playhead_ingest_cut_values_total",
                        {{"field", "custom_var_1"}}),
            1);
  EXPECT_EQ(log_.events()[0].event.numbers[0], -1);
  EXPECT_EQ(log_.events()[1].event.dimension(catalog::Dimension::kCustomVar1).size(), 1024U);
}

}  // namespace
}  // namespace playhead::ingest
