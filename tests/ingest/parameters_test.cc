#include "services/ingest/parameters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/ingest/json_object.h"
#include "services/ingest/query_string.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Parameter Text(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value), .kind = ValueKind::kText};
}
Parameter Number(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value), .kind = ValueKind::kNumber};
}

std::string ManyPairs(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "n" + std::to_string(i) + "=v&";
  return text;
}

std::string ManyMembers(int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += (i > 0 ? ",\"n" : "\"n") + std::to_string(i) + "\":1";
  return text + "}";
}

TEST(QueryStringTest, DecodesEscapesAndPlus) {
  const ParametersRead read = ReadQueryString("a=1+2&b=%C3%A9%3d%26&c&d=&=x&&e=%zz%4", 256);
  EXPECT_EQ(read.reason, v1::REJECTION_REASON_UNSPECIFIED);
  EXPECT_THAT(read.parameters, ElementsAre(Text("a", "1 2"), Text("b", "é=&"), Text("c", ""),
                                           Text("d", ""), Text("e", "%zz%4")));
}

TEST(QueryStringTest, NamesTheFault) {
  EXPECT_EQ(ReadQueryString("a=%FF", 256).reason, v1::REJECTION_REASON_INVALID_UTF8);
  EXPECT_EQ(ReadQueryString("%C3=1", 256).reason, v1::REJECTION_REASON_INVALID_UTF8);
  EXPECT_EQ(ReadQueryString("a=x%00", 256).reason, v1::REJECTION_REASON_NUL_BYTE);
  EXPECT_EQ(ReadQueryString(ManyPairs(256), 256).reason, v1::REJECTION_REASON_UNSPECIFIED);
  EXPECT_EQ(ReadQueryString(ManyPairs(257), 256).reason, v1::REJECTION_REASON_TOO_MANY_PARAMETERS);
}

TEST(QueryStringTest, KeepsWhatItReadBeforeTheFault) {
  EXPECT_THAT(ReadQueryString("a=1&b=%FF&c=2", 256).parameters, ElementsAre(Text("a", "1")));
}

TEST(JsonObjectTest, KeepsNumbersAsTheyWereWritten) {
  const ParametersRead read =
      ReadJsonObject(R"( {"a":1.50,"b":-0,"c":1E+2,"d":12345678901234567890123,"e":20.950} )", 256);
  EXPECT_EQ(read.reason, v1::REJECTION_REASON_UNSPECIFIED);
  EXPECT_THAT(read.parameters,
              ElementsAre(Number("a", "1.50"), Number("b", "-0"), Number("c", "1E+2"),
                          Number("d", "12345678901234567890123"), Number("e", "20.950")));
}

TEST(JsonObjectTest, ReadsTextsBooleansAndNull) {
  const ParametersRead read = ReadJsonObject(R"({"a":"x\n\u00e9","b":true,"c":null,"":""})", 256);
  EXPECT_THAT(
      read.parameters,
      ElementsAre(Text("a", "x\né"),
                  Parameter{.name = "b", .value = "true", .kind = ValueKind::kBool},
                  Parameter{.name = "c", .value = "", .kind = ValueKind::kNull}, Text("", "")));
}

TEST(JsonObjectTest, FlattensNestedValues) {
  const ParametersRead read =
      ReadJsonObject(R"({"a":{"b":{"c":1},"d":"x"},"e":[1,{"f":2},[3]],"g":{},"h":"y"})", 256);
  EXPECT_THAT(read.parameters,
              ElementsAre(Number("a:b:c", "1"), Text("a:d", "x"), Number("e:0", "1"),
                          Number("e:1:f", "2"), Number("e:2:0", "3"), Text("h", "y")));
}

TEST(JsonObjectTest, NamesTheFault) {
  struct Case {
    std::string body;
    v1::RejectionReason reason;
  };
  std::string eight = "1";
  for (int i = 0; i < 8; ++i) eight = "{\"a\":" + eight + "}";
  const Case cases[] = {
      {"{}", v1::REJECTION_REASON_UNSPECIFIED},
      {eight, v1::REJECTION_REASON_UNSPECIFIED},
      {R"({"a":)" + eight + "}", v1::REJECTION_REASON_MALFORMED},
      {R"({"a":1)", v1::REJECTION_REASON_MALFORMED},
      {R"({"a":1}x)", v1::REJECTION_REASON_MALFORMED},
      {R"({"a":01})", v1::REJECTION_REASON_MALFORMED},
      {R"({"a":NaN})", v1::REJECTION_REASON_MALFORMED},
      {R"({'a':1})", v1::REJECTION_REASON_MALFORMED},
      {"[1]", v1::REJECTION_REASON_MALFORMED},
      {"1", v1::REJECTION_REASON_MALFORMED},
      {"\"a\"", v1::REJECTION_REASON_MALFORMED},
      {"null", v1::REJECTION_REASON_MALFORMED},
      {"", v1::REJECTION_REASON_MALFORMED},
      {"{\"a\":\"\xFF\"}", v1::REJECTION_REASON_INVALID_UTF8},
      {R"({"a":"\ud83d"})", v1::REJECTION_REASON_INVALID_UTF8},
      {R"({"a":"\ud83dx"})", v1::REJECTION_REASON_INVALID_UTF8},
      {R"({"a":"\ud83d\u0041"})", v1::REJECTION_REASON_INVALID_UTF8},
      {R"({"a":"\ud83d\ude00")", v1::REJECTION_REASON_MALFORMED},
      {R"({"a":"\ud83d)", v1::REJECTION_REASON_MALFORMED},
      {R"({"a":"\ude00"})", v1::REJECTION_REASON_INVALID_UTF8},
      {R"({"a":"\\ud83d"})", v1::REJECTION_REASON_UNSPECIFIED},
      {R"({"a":"\ud83d\ude00"})", v1::REJECTION_REASON_UNSPECIFIED},
      {R"({"a":"\u0000"})", v1::REJECTION_REASON_NUL_BYTE},
      {R"({"a\u0000":1})", v1::REJECTION_REASON_NUL_BYTE},
      {std::string("{\"a\":\"\0\"}", 9), v1::REJECTION_REASON_NUL_BYTE},
      {ManyMembers(256), v1::REJECTION_REASON_UNSPECIFIED},
      {ManyMembers(257), v1::REJECTION_REASON_TOO_MANY_PARAMETERS},
      {ManyMembers(10'000), v1::REJECTION_REASON_TOO_MANY_PARAMETERS},
  };
  for (const Case& c : cases) EXPECT_EQ(ReadJsonObject(c.body, 256).reason, c.reason) << c.body;
}

TEST(ParametersTest, MergeSortsAndLetsTheLastWin) {
  const Parameters merged = MergeParameters({Text("b", "url"), Text("a", "first"), Text("a", "2")},
                                            {Number("b", "7"), Text("c", "x")});
  EXPECT_THAT(merged, ElementsAre(Text("a", "2"), Number("b", "7"), Text("c", "x")));
  EXPECT_EQ(FindParameter(merged, "b")->value, "7");
  EXPECT_EQ(FindParameter(merged, "bb"), nullptr);
  EXPECT_THAT(MergeParameters({}, {}), IsEmpty());
  EXPECT_THAT(MergeParameters({Text("a", "1")}, {}), SizeIs(1));
}

TEST(ParametersTest, HashSeesEveryDifferenceInContent) {
  const Id128 base = HashParameters({Text("a", "1"), Text("b", "2")});
  EXPECT_EQ(HashParameters({Text("a", "1"), Text("b", "2")}), base);
  const Parameters others[] = {{Text("a", "1")},
                               {Text("a", "1"), Text("b", "3")},
                               {Text("a", "1"), Text("c", "2")},
                               {Text("a", "1b"), Text("", "2")},
                               {Number("a", "1"), Text("b", "2")},
                               {Text("a", "1"), Text("b", "2"), Text("c", "")}};
  for (const Parameters& other : others) EXPECT_FALSE(HashParameters(other) == base);
}

}  // namespace
}  // namespace playhead::ingest
