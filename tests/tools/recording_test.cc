#include "tools/recording.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/http_connection.h"

namespace playhead::tools {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr char kUrl[] = "/api_v3/index.php?service=analytics&action=trackEvent&eventType=3";

std::string Line(const std::string& method, const std::string& url, const std::string& rest = "") {
  return R"({"method":")" + method + R"(","rawUrl":")" + url + "\"" + rest + "}\n";
}

TEST(ParseRecordingTest, KeepsBeaconsInOrderWithoutHeadersOfTheConnection) {
  const auto requests = ParseRecording(
      Line("OPTIONS", kUrl) + "\n" +
          Line("POST", kUrl,
               R"(,"t":17,"headers":{"Host":"x","connection":"close","content-length":"2",)"
               R"("accept-encoding":"gzip","Origin":"http://page"},"body":"{}")") +
          Line("GET", "/p/1/playManifest") + Line("GET", kUrl),
      /*with_preflights=*/false);
  ASSERT_TRUE(requests.ok()) << requests.status();
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ((*requests)[0].method, "POST");
  EXPECT_EQ((*requests)[0].arrival_ms, 17);
  EXPECT_EQ((*requests)[0].target, kUrl);
  EXPECT_EQ((*requests)[0].body, "{}");
  EXPECT_THAT((*requests)[0].headers, ElementsAre(Pair("origin", "http://page")));
  EXPECT_EQ((*requests)[1].method, "GET");
}

TEST(ParseRecordingTest, KeepsPreflightsWhenAskedTo) {
  EXPECT_EQ(ParseRecording(Line("OPTIONS", kUrl) + Line("POST", kUrl), true)->size(), 2U);
}

TEST(ParseRecordingTest, NamesTheLineThatIsNotARequest) {
  const std::string bad[] = {"{",
                             "[]",
                             "{}",
                             R"({"method":1,"rawUrl":"/"})",
                             Line("POST", "/a b"),
                             Line("", kUrl),
                             Line("POST", "/a\\r\\nX: y"),
                             Line("POST", kUrl, R"(,"headers":{"a":"b\r\nc: d"})")};
  for (const std::string& line : bad) {
    const auto requests = ParseRecording(Line("GET", kUrl) + line, false);
    EXPECT_EQ(requests.status().code(), absl::StatusCode::kInvalidArgument) << line;
    EXPECT_THAT(std::string(requests.status().message()), testing::StartsWith("line 2: ")) << line;
  }
}

RecordedRequest Preflight() {
  RecordedRequest request;
  request.method = "OPTIONS";
  request.headers = {{"origin", "http://page"},
                     {"access-control-request-method", "POST"},
                     {"access-control-request-headers", "content-type"}};
  return request;
}

RecordedRequest Beacon() {
  RecordedRequest request;
  request.method = "POST";
  request.headers = {{"origin", "http://page"}};
  return request;
}

Answer GoodAnswer() {
  return {.status = 200,
          .allow_origin = "*",
          .allow_methods = "GET, POST, OPTIONS",
          .allow_headers = "Content-Type",
          .body = R"({"time":1,"viewEventsEnabled":true})"};
}

TEST(CheckAnswerTest, AcceptsWhatAPlayerNeeds) {
  EXPECT_TRUE(CheckAnswer(Beacon(), GoodAnswer()).ok());
  EXPECT_TRUE(CheckAnswer(Preflight(), GoodAnswer()).ok());
  Answer number = GoodAnswer();
  number.body = "1795364844.5";
  EXPECT_TRUE(CheckAnswer(Beacon(), number).ok());
  Answer named = GoodAnswer();
  named.allow_origin = "http://page";
  EXPECT_TRUE(CheckAnswer(Beacon(), named).ok());
}

TEST(CheckAnswerTest, NeedsNoCorsWithoutAnOrigin) {
  RecordedRequest request = Beacon();
  request.headers.clear();
  Answer answer = GoodAnswer();
  answer.allow_origin.clear();
  EXPECT_TRUE(CheckAnswer(request, answer).ok());
}

TEST(CheckAnswerTest, SaysWhatAPlayerWouldMiss) {
  const struct {
    const char* what;
    RecordedRequest request;
    void (*change)(Answer&);
  } cases[] = {
      {"status 503", Beacon(), [](Answer& a) { a.status = 503; }},
      {"Access-Control-Allow-Origin", Beacon(), [](Answer& a) { a.allow_origin = ""; }},
      {"Access-Control-Allow-Origin", Preflight(), [](Answer& a) { a.allow_origin = "http://x"; }},
      {"Access-Control-Allow-Methods", Preflight(), [](Answer& a) { a.allow_methods = "GET"; }},
      {"content-type", Preflight(), [](Answer& a) { a.allow_headers = "X-Other"; }},
      {"the body", Beacon(), [](Answer& a) { a.body = ""; }},
      {"the body", Beacon(), [](Answer& a) { a.body = R"({"time":1})"; }},
      {"the body", Beacon(),
       [](Answer& a) { a.body = R"({"time":"1","viewEventsEnabled":true})"; }}};
  for (const auto& tested : cases) {
    Answer answer = GoodAnswer();
    tested.change(answer);
    EXPECT_THAT(std::string(CheckAnswer(tested.request, answer).message()),
                testing::HasSubstr(tested.what));
  }
}

TEST(ParseHttpTargetTest, TakesHostsPortsAndIpv6) {
  const struct {
    const char* url;
    const char* host;
    const char* port;
  } cases[] = {{"http://127.0.0.1:7070", "127.0.0.1", "7070"},
               {"http://example.com/", "example.com", "80"},
               {"http://[::1]:7070", "::1", "7070"},
               {"http://[::1]", "::1", "80"}};
  for (const auto& tested : cases) {
    const auto target = ParseHttpTarget(tested.url);
    ASSERT_TRUE(target.ok()) << tested.url;
    EXPECT_EQ(target->host, tested.host);
    EXPECT_EQ(target->port, tested.port);
  }
}

TEST(ParseHttpTargetTest, RefusesEverythingElse) {
  for (const char* url : {"", "127.0.0.1:7070", "https://x", "http://", "http://x/path",
                          "http://u@x", "http://x:", "http://x:y", "http://:80"}) {
    EXPECT_EQ(ParseHttpTarget(url).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

}  // namespace
}  // namespace playhead::tools
