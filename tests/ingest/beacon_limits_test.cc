#include <functional>
#include <map>
#include <thread>

#include "absl/time/clock.h"
#include "tests/ingest/beacon_server_fixture.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

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
    return "GET " + std::string(kUrl) +
           " HTTP/1.1\r\nHost: h\r\nX: " + std::string(bytes - frame.size(), 'x') + "\r\n\r\n";
  };
  const auto with_body = [&](std::size_t bytes) {
    return Post(kUrl, R"({"a":")" + std::string(bytes - 8, 'x') + R"("})");
  };
  const Case cases[] = {
      {get(16 << 10), 200},
      {get((16 << 10) + 1), 431},
      {get(40 << 10), 431},
      {with_headers(16 << 10), 200},
      {with_headers((16 << 10) + 1), 431},
      {with_headers(40 << 10), 431},
      {with_body(64 << 10), 200},
      {with_body((64 << 10) + 1), 413},
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
  std::string request =
      "POST " + std::string(kUrl) + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) request += "1000\r\n" + std::string(4096, ' ') + "\r\n";
  client.Send(request);
  EXPECT_EQ(client.Read().status, 413);
  EXPECT_EQ(Outcome("too_large"), 1);
}

TEST_F(BeaconServerTest, RefusesWhatIsNoHttp) {
  HttpClient client(server_->port());
  EXPECT_EQ(client.Ask("nonsense\r\n\r\n").status, 400);
  EXPECT_TRUE(client.IsClosed());
  EXPECT_THAT(log_.rejected(), IsEmpty());
}

TEST_F(BeaconServerTest, ClosesSlowConnectionsAndNobodyElses) {
  BeaconServerOptions options;
  options.timeouts = {
      .idle = absl::Seconds(20), .header = absl::Milliseconds(50), .body = absl::Milliseconds(50)};
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
  // A connection is closed before it is counted.
  server_->Drain(absl::Seconds(20));
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
  EXPECT_EQ(
      MetricValue(*registry_, "playhead_ingest_cut_values_total", {{"field", "custom_var_1"}}), 1);
  EXPECT_EQ(log_.events()[0].event.numbers[0], -1);
  EXPECT_EQ(log_.events()[1].event.dimension(catalog::Dimension::kCustomVar1).size(), 1024U);
}

}  // namespace
}  // namespace playhead::ingest
