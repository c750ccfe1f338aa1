#include "services/ingest/clock_skew.h"

#include <limits>

#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'795'364'844'123);
constexpr absl::Duration kInstant = absl::Nanoseconds(1);

TEST(ClockSkewTest, IsIgnoredThenSubtractedThenRefused) {
  struct Case {
    absl::Duration skew;  // received - sent
    absl::Duration shift;
    bool is_refused;
  };
  constexpr absl::Duration kNone = absl::ZeroDuration();
  const Case cases[] = {
      {kNone, kNone, false},
      {absl::Seconds(30), kNone, false},
      {absl::Seconds(30) + kInstant, absl::Seconds(30) + kInstant, false},
      {absl::Minutes(10), absl::Minutes(10), false},
      {absl::Minutes(10) + kInstant, kNone, true},
      {absl::Hours(24 * 365), kNone, true},
  };
  for (const Case& c : cases) {
    for (const int sign : {1, -1}) {
      const ClockCorrection correction = CorrectClock(kNow - sign * c.skew, kNow);
      EXPECT_EQ(correction.shift, sign * c.shift) << sign * c.skew;
      EXPECT_EQ(correction.rejection.has_value(), c.is_refused) << sign * c.skew;
    }
  }
}

TEST(ClockSkewTest, IsNoneWhereTheSenderDoesNotSay) {
  const ClockCorrection correction = CorrectClock(std::nullopt, kNow);
  EXPECT_EQ(correction.shift, absl::ZeroDuration());
  EXPECT_FALSE(correction.rejection.has_value());
}

TEST(ClockSkewTest, NamesTheFieldAndTheWayOut) {
  const ClockCorrection correction = CorrectClock(kNow - absl::Hours(1), kNow);
  ASSERT_TRUE(correction.rejection.has_value());
  EXPECT_EQ(correction.rejection->reason, v1::REJECTION_REASON_CLOCK_SKEW);
  EXPECT_EQ(correction.rejection->field, "sent_time");
  EXPECT_NE(correction.rejection->message.find("leave sent_time out"), std::string::npos);
}

TEST(ClockSkewTest, RefusesTimesThatAreNone) {
  google::protobuf::Timestamp timestamp;
  for (const std::int64_t seconds :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    timestamp.set_seconds(seconds);
    timestamp.set_nanos(std::numeric_limits<std::int32_t>::max());
    EXPECT_TRUE(CorrectClock(FromTimestamp(timestamp), kNow).rejection.has_value());
  }
}

TEST(ClockSkewTest, ShiftsOccurTimeInNanoseconds) {
  v1::PlayerEvent event;
  ShiftOccurTime(absl::Minutes(1), event);
  EXPECT_FALSE(event.has_occur_time());
  event.mutable_occur_time()->set_seconds(100);
  event.mutable_occur_time()->set_nanos(999'999'999);
  ShiftOccurTime(absl::Seconds(60) + kInstant, event);
  EXPECT_EQ(event.occur_time().seconds(), 161);
  EXPECT_EQ(event.occur_time().nanos(), 0);
  ShiftOccurTime(-absl::Seconds(162) - kInstant, event);
  EXPECT_EQ(event.occur_time().seconds(), -2);
  EXPECT_EQ(event.occur_time().nanos(), 999'999'999);
}

TEST(ClockSkewTest, ShiftsTheGreatestTimesWithoutOverflow) {
  v1::PlayerEvent event;
  event.mutable_occur_time()->set_seconds(std::numeric_limits<std::int64_t>::max());
  ShiftOccurTime(absl::Minutes(10), event);
  EXPECT_GT(event.occur_time().seconds(), std::int64_t{1} << 62);
  event.mutable_occur_time()->set_seconds(std::numeric_limits<std::int64_t>::min());
  ShiftOccurTime(-absl::Minutes(10), event);
  EXPECT_LT(event.occur_time().seconds(), -(std::int64_t{1} << 62));
}

}  // namespace
}  // namespace playhead::ingest
