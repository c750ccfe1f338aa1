#include "services/ingest/beacon_parser.h"

#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ingest/validate.h"
#include "tests/ingest/recordings.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kUrl[] =
    "/api_v3/index.php?service=analytics&action=trackEvent&eventType=99&partnerId=4711"
    "&entryId=0_x&sessionId=a%3Ab";

ParsedBeacon Parse(std::string target, std::string body = "", std::string type = "") {
  return ParseBeacon(
      {.target = target, .content_type = type, .body = body, .peer_address = "", .user_agent = ""});
}

v1::RejectionReason ReasonOf(const ParsedBeacon& parsed) {
  return parsed.rejection.has_value() ? parsed.rejection->reason : v1::REJECTION_REASON_UNSPECIFIED;
}

TEST(BeaconTargetTest, KnowsTheThreeForms) {
  EXPECT_TRUE(IsBeaconTarget(kUrl));
  EXPECT_TRUE(IsBeaconTarget("/api_v3/index.php?service=Analytics&action=TRACKEVENT"));
  EXPECT_TRUE(IsBeaconTarget("/api_v3/index.php?eventType=1"));
  EXPECT_TRUE(IsBeaconTarget("/api_v3/service/analytics/action/trackEvent?eventType=1"));
  EXPECT_TRUE(IsBeaconTarget("/"));
  EXPECT_TRUE(IsBeaconTarget("/?eventType=1"));
}

TEST(BeaconTargetTest, KnowsThemInAbsoluteForm) {
  EXPECT_TRUE(IsBeaconTarget("http://stats.example.org/api_v3/index.php?eventType=1"));
  EXPECT_TRUE(IsBeaconTarget("HTTPS://u@[::1]:7070/api_v3/service/analytics/action/trackEvent"));
  EXPECT_TRUE(IsBeaconTarget("http://stats.example.org/"));
  EXPECT_TRUE(IsBeaconTarget("http://stats.example.org"));
  EXPECT_TRUE(IsBeaconTarget("http://stats.example.org?eventType=1"));
  EXPECT_FALSE(IsBeaconTarget("http://stats.example.org/api_v3/index.php?service=stats"));
  EXPECT_FALSE(IsBeaconTarget("http://stats.example.org/favicon.ico"));
  EXPECT_FALSE(IsBeaconTarget("http:///api_v3/index.php"));
  EXPECT_FALSE(IsBeaconTarget("ftp://stats.example.org/"));
}

TEST(BeaconTargetTest, KnowsNothingElse) {
  EXPECT_FALSE(IsBeaconTarget("/api_v3/index.php?service=stats&action=collect"));
  EXPECT_FALSE(IsBeaconTarget("/api_v3/index.php?service=analytics&action=query"));
  EXPECT_FALSE(IsBeaconTarget("/api_v3/service/user/action/get"));
  EXPECT_FALSE(IsBeaconTarget("/api_v3/"));
  EXPECT_FALSE(IsBeaconTarget(""));
  EXPECT_FALSE(IsBeaconTarget("*"));
}

TEST(BeaconParserTest, ReadsUrlAndBody) {
  const ParsedBeacon parsed =
      Parse(kUrl, R"({"eventIndex":7,"playTimeSum":20.95,"position":"-3.5","actualBitrate":-1,
                "userId":"u","uiConfId":23450001,"caption":"en","unknown":{"x":1}})",
            "application/json");
  ASSERT_FALSE(parsed.rejection.has_value());
  const v1::PlayerEvent& event = parsed.event;
  EXPECT_EQ(event.event_type(), 99);
  EXPECT_EQ(event.partner_id(), 4711);
  EXPECT_EQ(event.entry_id(), "0_x");
  EXPECT_EQ(event.session_id(), "a:b");
  EXPECT_EQ(event.event_index(), 7);
  EXPECT_EQ(event.play_time_sum(), 20.95);
  EXPECT_EQ(event.position(), -3.5);
  EXPECT_EQ(event.actual_bitrate(), -1);
  EXPECT_EQ(event.user_id(), "u");
  EXPECT_EQ(event.ui_conf_id(), "23450001");
  EXPECT_EQ(event.caption(), "en");
  EXPECT_FALSE(event.has_join_time());
  EXPECT_THAT(parsed.notes.soft, IsEmpty());
}

TEST(BeaconParserTest, TakesEveryKindOfBody) {
  struct Case {
    std::string type;
    std::string body;
  };
  const Case cases[] = {
      {"application/json; charset=utf-8", R"({"userId":"u 1"})"},
      {"APPLICATION/JSON", R"( {"userId":"u 1"} )"},
      {"text/plain;charset=UTF-8", R"({"userId":"u 1"})"},
      {"", R"({"userId":"u 1"})"},
      {"application/x-www-form-urlencoded", "userId=u+1"},
      {"application/x-www-form-urlencoded; charset=UTF-8", "userId=u%201"},
      {"", "userId=u+1"},
      {"text/plain", "userId=u+1"},
  };
  for (const Case& c : cases) {
    const ParsedBeacon parsed = Parse(kUrl, c.body, c.type);
    EXPECT_FALSE(parsed.rejection.has_value()) << c.type;
    EXPECT_EQ(parsed.event.user_id(), "u 1") << c.type << " " << c.body;
  }
}

TEST(BeaconParserTest, LetsTheBodyWinOverTheUrl) {
  const ParsedBeacon parsed = Parse(kUrl, R"({"eventType":3,"entryId":"0_y","entryId":"0_z"})");
  EXPECT_EQ(parsed.event.event_type(), 3);
  EXPECT_EQ(parsed.event.entry_id(), "0_z");
}

TEST(BeaconParserTest, KnowsOtherNamesOfFields) {
  const ParsedBeacon parsed = Parse(
      "/?flavourId=f&captionsLanguage=de&cf1=1&cf2=2&cf3=3&socialNetwrok=s&applicationVer=4"
      "&kalturaApplicationVer=5");
  EXPECT_EQ(parsed.event.flavor_id(), "f");
  EXPECT_EQ(parsed.event.caption(), "de");
  EXPECT_EQ(parsed.event.custom_var_1(), "1");
  EXPECT_EQ(parsed.event.custom_var_2(), "2");
  EXPECT_EQ(parsed.event.custom_var_3(), "3");
  EXPECT_EQ(parsed.event.social_network(), "s");
  EXPECT_EQ(parsed.event.application_version(), "4");
  EXPECT_EQ(parsed.event.kaltura_application_version(), "5");
}

TEST(BeaconParserTest, PrefersTheFirstNameOfAField) {
  EXPECT_EQ(Parse("/?cf1=old&customVar1=new").event.custom_var_1(), "new");
  EXPECT_EQ(Parse("/?customVar1=new&cf1=old").event.custom_var_1(), "new");
  EXPECT_EQ(Parse("/?flavorId=a&flavourId=b").event.flavor_id(), "a");
  EXPECT_EQ(Parse("/?flavorId=&flavourId=b").event.flavor_id(), "b");
}

TEST(BeaconParserTest, ReadsTypeAndPartnerLiberally) {
  struct Case {
    std::string value;
    std::int32_t expected;
  };
  const Case cases[] = {{"1", 1},
                        {"10002", 10002},
                        {"2147483647", 2147483647},
                        {"7.0", 7},
                        {"1e3", 1000},
                        {"2147483648", 0},
                        {"0", 0},
                        {"-1", 0},
                        {"1.5", 0},
                        {"abc", 0},
                        {"", 0},
                        {"nan", 0},
                        {"1e400", 0},
                        {"99999999999999", 0},
                        {"-99999999999999", 0}};
  for (const Case& c : cases) {
    const ParsedBeacon parsed =
        Parse(absl::StrCat("/?eventType=", c.value, "&partnerId=", c.value));
    EXPECT_EQ(parsed.event.event_type(), c.expected) << c.value;
    EXPECT_EQ(parsed.event.partner_id(), c.expected) << c.value;
    EXPECT_EQ(FindPartner(absl::StrCat("/?partnerId=", c.value)), c.expected) << c.value;
  }
}

TEST(BeaconParserTest, TreatsWhatIsNoNumberAsAbsent) {
  for (const char* value : {"abc", "1x", "nan", "inf", "-inf", "1e999", "0x10", "true"}) {
    const ParsedBeacon parsed = Parse(absl::StrCat("/?playTimeSum=", value));
    EXPECT_FALSE(parsed.event.has_play_time_sum()) << value;
    EXPECT_THAT(parsed.notes.soft, ElementsAre("play_time_sum")) << value;
  }
  const ParsedBeacon boolean = Parse("/", R"({"soundMode":true})");
  EXPECT_FALSE(boolean.event.has_sound_mode());
  EXPECT_THAT(boolean.notes.soft, ElementsAre("sound_mode"));
}

TEST(BeaconParserTest, TakesEmptyAndNullNumbersAsAbsentWithoutCounting) {
  const ParsedBeacon parsed = Parse("/?playTimeSum=&joinTime=", R"({"position":null})");
  EXPECT_FALSE(parsed.event.has_play_time_sum() || parsed.event.has_join_time() ||
               parsed.event.has_position());
  EXPECT_THAT(parsed.notes.soft, IsEmpty());
}

TEST(BeaconParserTest, NamesTheFaultAndKeepsThePartner) {
  struct Case {
    std::string target;
    std::string body;
    v1::RejectionReason reason;
  };
  std::string many;
  for (int i = 0; i < 252; ++i) absl::StrAppend(&many, "&n", i, "=");
  const std::string url = kUrl;  // 6 parameters
  const Case cases[] = {
      {url, R"({"a":)", v1::REJECTION_REASON_MALFORMED},
      {url, "garbage", v1::REJECTION_REASON_MALFORMED},
      {url, "[1]", v1::REJECTION_REASON_MALFORMED},
      {url, "{\"a\":\"\xC3\"}", v1::REJECTION_REASON_INVALID_UTF8},
      {url + "&x=%FF", "", v1::REJECTION_REASON_INVALID_UTF8},
      {url + "&x=%00", "", v1::REJECTION_REASON_NUL_BYTE},
      {url, R"({"a":"\u0000"})", v1::REJECTION_REASON_NUL_BYTE},
      {url + many, "", v1::REJECTION_REASON_TOO_MANY_PARAMETERS},
      {url + many.substr(0, many.rfind("&n250")), "", v1::REJECTION_REASON_UNSPECIFIED},
      {url + many.substr(0, many.rfind("&n250")), R"({"a":1})",
       v1::REJECTION_REASON_TOO_MANY_PARAMETERS},
  };
  for (const Case& c : cases) {
    const ParsedBeacon parsed = Parse(c.target, c.body);
    EXPECT_EQ(ReasonOf(parsed), c.reason) << c.target << " " << c.body;
    EXPECT_EQ(parsed.event.partner_id(), 4711);
  }
}

TEST(BeaconParserTest, HashesContentAndNotItsForm) {
  const Id128 base = Parse(kUrl, R"({"a":1,"b":"x"})").content;
  EXPECT_EQ(Parse(kUrl, R"( { "b" : "x", "a" : 1 } )").content, base);
  EXPECT_EQ(Parse(std::string(kUrl) + "&b=x", R"({"a":1})").content, base);
  EXPECT_EQ(Parse(std::string(kUrl) + "&b=y", R"({"a":1,"b":"x"})").content, base);
  EXPECT_FALSE(Parse(kUrl, R"({"a":"1","b":"x"})").content == base);
  EXPECT_FALSE(Parse(kUrl, R"({"a":1.0,"b":"x"})").content == base);
  EXPECT_FALSE(Parse(kUrl, R"({"a":2,"b":"x"})").content == base);
  EXPECT_FALSE(Parse(std::string(kUrl) + "&c=", R"({"a":1,"b":"x"})").content == base);
}

std::map<std::int64_t, std::int64_t> ExpectedTypes(const boost::json::object& scenario) {
  std::map<std::int64_t, std::int64_t> types;
  for (const auto& [key, count] : scenario.at("byEventType").as_object()) {
    const std::string name(key.data(), key.size());
    types[std::stoll(name.substr(0, name.find(':')))] = count.to_number<std::int64_t>();
  }
  return types;
}

TEST(BeaconParserTest, ReadsEveryRecordedBeacon) {
  const boost::json::value expected = ReadExpected();
  int beacons = 0;
  for (const std::string& name : RecordingNames()) {
    std::map<std::int64_t, std::int64_t> types;
    for (const Recorded& r : ReadRecordedBeacons(name)) {
      ++beacons;
      EXPECT_TRUE(IsBeaconTarget(r.target));
      ParsedBeacon parsed = Parse(r.target, r.body, r.content_type);
      ASSERT_FALSE(parsed.rejection.has_value()) << name << " " << r.body;
      ASSERT_FALSE(
          Validate(parsed.event, absl::FromUnixSeconds(1795364844), {}, parsed.notes).has_value())
          << name << " " << r.body;
      EXPECT_THAT(parsed.notes.soft, IsEmpty()) << name << " " << r.body;
      EXPECT_EQ(parsed.event.partner_id(), 4711);
      EXPECT_EQ(parsed.event.has_event_index(), parsed.event.event_type() < 10'000);
      ++types[parsed.event.event_type()];
    }
    EXPECT_EQ(types, ExpectedTypes(expected.as_object().at(name).as_object())) << name;
  }
  EXPECT_EQ(beacons, 413);
}

TEST(BeaconParserTest, ReadsTheFieldsOfARecordedView) {
  v1::PlayerEvent view;
  for (const Recorded& r : ReadRecordedBeacons("normal_mp4_60s")) {
    const ParsedBeacon parsed = Parse(r.target, r.body, r.content_type);
    if (parsed.event.event_type() == v1::EVENT_TYPE_VIEW) view = parsed.event;
  }
  EXPECT_EQ(view.entry_id(), "0_normal60");
  EXPECT_EQ(view.user_id(), "user-normal_mp4_60s");
  EXPECT_EQ(view.custom_var_3(), "cv3=é漢");
  EXPECT_EQ(view.custom_var_2(), "cv two & 2");
  EXPECT_EQ(view.client_version(), "3.17.95");
  EXPECT_EQ(view.playback_type(), "vod");
  EXPECT_EQ(view.virtual_event_id(), "901");
  EXPECT_NEAR(view.play_time_sum(), 50.96, 0.01);
  EXPECT_EQ(view.sound_mode(), 2);
  EXPECT_EQ(view.network_connection_type(), "4g");
}

// Breaks real beacons at random, always in the same ways: no crash, and what is let through is
// clean.
TEST(BeaconParserTest, SurvivesDamagedBeacons) {
  std::mt19937 random(20260);
  const std::vector<Recorded> beacons = ReadRecordedBeacons("fullscreen_share_related");
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Recorded r = beacons[random() % beacons.size()];
    for (std::string* text : {&r.target, &r.body}) {
      for (auto damages = random() % 4; damages > 0 && !text->empty(); --damages) {
        const std::size_t at = random() % text->size();
        switch (random() % 4) {
          case 0:
            (*text)[at] = static_cast<char>(random());
            break;
          case 1:
            text->erase(at, random() % 8);
            break;
          case 2:
            text->insert(at, std::string(random() % 8, static_cast<char>(random())));
            break;
          default:
            text->resize(at);
        }
      }
    }
    ParsedBeacon parsed = Parse(r.target, r.body, r.content_type);
    if (parsed.rejection.has_value()) continue;
    if (Validate(parsed.event, absl::UnixEpoch(), {}, parsed.notes).has_value()) continue;
    ++accepted;
    for (const TextField& field : TextFields()) {
      const std::string& value = (parsed.event.*field.value)();
      ASSERT_TRUE(IsValidUtf8(value));
      ASSERT_EQ(value.find('\0'), std::string::npos);
      if (field.max_bytes > 0) {
        ASSERT_LE(value.size(), field.max_bytes);
      }
    }
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace playhead::ingest
