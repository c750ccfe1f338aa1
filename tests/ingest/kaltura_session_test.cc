#include "services/ingest/kaltura_session.h"

#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/kaltura_session_maker.h"

namespace playhead::ingest {
namespace {

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr int kPartner = 4711;
constexpr std::int64_t kNowSeconds = 1'795'364'844;
const absl::Time kNow = absl::FromUnixSeconds(kNowSeconds);
const std::vector<std::string> kSecrets = {kSecret};

struct Check {
  int partner = kPartner;
  std::vector<std::string> secrets = kSecrets;
  absl::Time now = kNow;
  bool accept_v1 = false;
};

// Empty: not verified.
std::string UserOf(std::string_view text, const Check& check = {}) {
  const auto session = VerifyKalturaSession(text, check.partner, check.secrets, check.now,
                                            {.accept_v1 = check.accept_v1});
  return session.has_value() ? session->user : "";
}

std::string Make(const std::string& fields) {
  return MakeKalturaSession(kPartner, kSecret, fields);
}

std::string Valid() { return Make(absl::StrCat("list=*&_e=", kNowSeconds + 60, "&_t=2&_u=me")); }

std::string Vector(const char* name) {
  std::ifstream file(PLAYHEAD_FIXTURES "/ks-vectors.json");
  const auto value = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  return std::string(value.at(name).as_string().c_str());
}

constexpr char kPublishedV1[] =
    "YWM2MzcxYjhmNmIwNjk3OGNlMmYxN2RhN2RiYWI4MGRjNjM3ZWU5Y3wxMDI7MTAyOzIwMDAwMDAwMDA7MjsxMjM0LjU2N"
    "zg7YWxpY2VAZXhhbXBsZS5vcmc7ZGlzYWJsZWVudGl0bGVtZW50LGFwcGlkOmttYy0xLjA7Ow==";
constexpr char kPublishedV2[] =
    "djJ8MTAyfKc5ZtUqkU_aeOOO63sdcYODUzfZQ3QuFn0e-vnDW-riG2lbOXcoomclurPPxA99H5Jo0y9lYBZn4inWSfWDk"
    "OjSMIV9ln8cpqcYJZgsYDwOeXD-0t6orqTzLe-ORY7dIp-PS7xGJoA7ala-aeIhOHo=";

TEST(KalturaSessionTest, ReadsTheVectors) {
  EXPECT_EQ(UserOf(Vector("v2")), "user one@x");
  EXPECT_EQ(UserOf(Vector("v1"), {.accept_v1 = true}), "user one@x");
  EXPECT_EQ(UserOf(kPublishedV2, {.partner = 102}), "alice@example.org");
  EXPECT_EQ(UserOf(kPublishedV1, {.partner = 102, .accept_v1 = true}), "alice@example.org");
  const auto session = VerifyKalturaSession(Vector("v2"), kPartner, kSecrets, kNow, {});
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->expiry, absl::FromUnixSeconds(1'893'456'000));
}

TEST(KalturaSessionTest, LeavesVersion1AloneUnlessTold) {
  EXPECT_EQ(UserOf(Vector("v1")), "");
  EXPECT_EQ(UserOf(kPublishedV1, {.partner = 102}), "");
}

TEST(KalturaSessionTest, TakesNoStringWithAFlippedBit) {
  for (const std::string& text : {Vector("v2"), Vector("v1"), Valid()}) {
    ASSERT_NE(UserOf(text, {.accept_v1 = true}), "");
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = text;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
        EXPECT_EQ(UserOf(flipped, {.accept_v1 = true}), "") << i << "/" << bit;
      }
    }
  }
}

TEST(KalturaSessionTest, TakesNoDecodedBytesWithAFlippedBit) {
  for (const std::string& text : {Vector("v2"), Vector("v1")}) {
    std::string bytes;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(text, &bytes) || absl::Base64Unescape(text, &bytes));
    ASSERT_NE(UserOf(absl::Base64Escape(bytes), {.accept_v1 = true}), "");
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = bytes;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
        EXPECT_EQ(UserOf(absl::Base64Escape(flipped), {.accept_v1 = true}), "") << i << "/" << bit;
      }
    }
  }
}

TEST(KalturaSessionTest, TakesNoPartOfAString) {
  for (const std::string& text : {Vector("v2"), Vector("v1"), Valid()}) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_EQ(UserOf(text.substr(0, size), {.accept_v1 = true}), "") << size;
      EXPECT_EQ(UserOf(text.substr(text.size() - size), {.accept_v1 = true}), "") << size;
    }
    std::string bytes;
    ASSERT_TRUE(absl::WebSafeBase64Unescape(text, &bytes) || absl::Base64Unescape(text, &bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(UserOf(absl::Base64Escape(bytes.substr(0, size)), {.accept_v1 = true}), "");
    }
  }
}

TEST(KalturaSessionTest, TakesNoStringWithSomethingAround) {
  for (const char* extra : {" ", "\n", "=", "A", "AAAA", "====", "."}) {
    EXPECT_EQ(UserOf(Valid() + extra), "") << extra;
    EXPECT_EQ(UserOf(extra + Valid()), "") << extra;
  }
}

TEST(KalturaSessionTest, ReadsEitherAlphabetButNotBoth) {
  // Long enough to have all of the four characters.
  const std::string web =
      Make(absl::StrCat("x=", std::string(900, 'y'), "&_e=", kNowSeconds + 1, "&_u=me"));
  ASSERT_NE(web.find('-'), std::string::npos);
  ASSERT_NE(web.find('_'), std::string::npos);
  std::string plain = web;
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::string mixed = plain;
  std::replace(plain.begin(), plain.end(), '_', '/');
  EXPECT_EQ(UserOf(web), "me");
  EXPECT_EQ(UserOf(plain), "me");
  EXPECT_EQ(UserOf(mixed), "");
}

TEST(KalturaSessionTest, ReadsUpToFourKibibytes) {
  // 3,061 bytes of fields make 3,104 of cipher: 4,152 characters.
  const auto padded = [](std::size_t size) {
    return Make(absl::StrCat("_e=", kNowSeconds + 1, "&_u=me&x=", std::string(size, 'y')));
  };
  ASSERT_LE(padded(2980).size(), kMaxKalturaSessionBytes);
  EXPECT_EQ(UserOf(padded(2980)), "me");
  ASSERT_GT(padded(3010).size(), kMaxKalturaSessionBytes);
  EXPECT_EQ(UserOf(padded(3010)), "");
}

TEST(KalturaSessionTest, ExpiresAtItsSecond) {
  struct Case {
    std::int64_t expiry;
    const char* user;
  };
  const std::int64_t ten_years = 3653 * 86'400;
  for (const Case& c :
       {Case{kNowSeconds - 1, ""}, Case{kNowSeconds, ""}, Case{kNowSeconds + 1, "me"},
        Case{kNowSeconds + ten_years, "me"}, Case{kNowSeconds + ten_years + 1, ""}, Case{0, ""}}) {
    EXPECT_EQ(UserOf(Make(absl::StrCat("_e=", c.expiry, "&_u=me"))), c.user) << c.expiry;
  }
  EXPECT_EQ(UserOf(Vector("v2"), {.now = absl::FromUnixSeconds(1'893'456'001)}), "");
  EXPECT_EQ(UserOf(Vector("v1"), {.now = absl::FromUnixSeconds(1'893'456'001), .accept_v1 = true}),
            "");
}

TEST(KalturaSessionTest, NamesAUserOnlyWhereThereIsOne) {
  struct Case {
    const char* fields;
    const char* user;
  };
  const std::string end = absl::StrCat("_e=", kNowSeconds + 60);
  const Case cases[] = {
      {"&_u=me", "me"},
      {"&_u=", ""},
      {"&_u", ""},
      {"&_u=0", ""},
      {"", ""},
      {"&_u=00", "00"},
      {"&_u=a%40b+c%20d", "a@b c d"},
      {"&_u=J%C3%BCrgen", "Jürgen"},
      {"&_u=%ff", ""},
      {"&_u=a%00b", ""},
      {"&_u=me&_u=you", ""},
      {"&_u=me&_e=9999999999", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(UserOf(Make(end + c.fields)), c.user) << c.fields;
  for (const char* expiry : {"", "_e=", "_e=x", "_e=+1895364844", "_e=1895364844x", "_e=-1",
                             "_e=1e12", "_e=99999999999999999999"}) {
    EXPECT_EQ(UserOf(Make(absl::StrCat("_u=me&", expiry))), "") << expiry;
  }
}

TEST(KalturaSessionTest, BelongsToOnePartner) {
  EXPECT_EQ(UserOf(Valid(), {.partner = 4712}), "");
  EXPECT_EQ(UserOf(Vector("v1"), {.partner = 4712, .accept_v1 = true}), "");
  // Of this partner's secret, but in another's name.
  const std::string fields = absl::StrCat("_e=", kNowSeconds + 60, "&_u=me");
  EXPECT_EQ(UserOf(MakeKalturaSession(47, kSecret, fields)), "");
  EXPECT_EQ(UserOf(MakeKalturaSession(-1, kSecret, fields)), "");
}

TEST(KalturaSessionTest, TriesEverySecretButAnEmptyOne) {
  EXPECT_EQ(UserOf(Valid(), {.secrets = {"old", kSecret, "older"}}), "me");
  EXPECT_EQ(UserOf(Valid(), {.secrets = {"old", "older"}}), "");
  EXPECT_EQ(UserOf(Valid(), {.secrets = {}}), "");
  const std::string fields = absl::StrCat("_e=", kNowSeconds + 60, "&_u=me");
  EXPECT_EQ(UserOf(MakeKalturaSession(kPartner, "", fields), {.secrets = {""}}), "");
}

}  // namespace
}  // namespace playhead::ingest
