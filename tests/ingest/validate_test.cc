#include "services/ingest/validate.h"

#include <cmath>
#include <functional>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'795'364'844);

v1::PlayerEvent MakeEvent() {
  v1::PlayerEvent event;
  event.set_event_type(99);
  event.set_partner_id(4711);
  event.set_entry_id("0_x");
  return event;
}

void SetOccurTime(v1::PlayerEvent& event, absl::Time time) {
  const std::int64_t ns = absl::ToUnixNanos(time);
  event.mutable_occur_time()->set_seconds(ns / 1'000'000'000);
  event.mutable_occur_time()->set_nanos(static_cast<std::int32_t>(ns % 1'000'000'000));
}

TEST(ValidateTest, NamesTheFirstRuleThatIsBroken) {
  struct Case {
    const char* name;
    std::function<void(v1::PlayerEvent&)> change;
    v1::RejectionReason reason;
    std::string field;
  };
  const absl::Duration tick = absl::Nanoseconds(1);
  const Case cases[] = {
      {"good", [](auto&) {}, v1::REJECTION_REASON_UNSPECIFIED, ""},
      {"no type", [](auto& e) { e.set_event_type(0); }, v1::REJECTION_REASON_MISSING_EVENT_TYPE,
       "event_type"},
      {"negative type", [](auto& e) { e.set_event_type(-1); },
       v1::REJECTION_REASON_MISSING_EVENT_TYPE, "event_type"},
      {"unknown type", [](auto& e) { e.set_event_type(2'147'483'647); },
       v1::REJECTION_REASON_UNSPECIFIED, ""},
      {"no partner", [](auto& e) { e.set_partner_id(0); }, v1::REJECTION_REASON_BAD_PARTNER,
       "partner_id"},
      {"negative partner", [](auto& e) { e.set_partner_id(-5); }, v1::REJECTION_REASON_BAD_PARTNER,
       "partner_id"},
      {"no entry", [](auto& e) { e.clear_entry_id(); }, v1::REJECTION_REASON_MISSING_ENTRY,
       "entry_id"},
      {"last player type without entry",
       [](auto& e) {
         e.set_event_type(9999);
         e.clear_entry_id();
       },
       v1::REJECTION_REASON_MISSING_ENTRY, "entry_id"},
      {"application event without entry",
       [](auto& e) {
         e.set_event_type(10'000);
         e.clear_entry_id();
       },
       v1::REJECTION_REASON_UNSPECIFIED, ""},
      {"NUL", [](auto& e) { e.set_custom_var_1(std::string("a\0b", 3)); },
       v1::REJECTION_REASON_NUL_BYTE, "custom_var_1"},
      {"no UTF-8", [](auto& e) { e.set_user_id("\xFF"); }, v1::REJECTION_REASON_INVALID_UTF8,
       "user_id"},
      {"oldest", [](auto& e) { SetOccurTime(e, kNow - absl::Hours(7 * 24)); },
       v1::REJECTION_REASON_UNSPECIFIED, ""},
      {"too old", [&](auto& e) { SetOccurTime(e, kNow - absl::Hours(7 * 24) - tick); },
       v1::REJECTION_REASON_TOO_LATE, "occur_time"},
      {"furthest ahead", [](auto& e) { SetOccurTime(e, kNow + absl::Minutes(5)); },
       v1::REJECTION_REASON_UNSPECIFIED, ""},
      {"too far ahead", [&](auto& e) { SetOccurTime(e, kNow + absl::Minutes(5) + tick); },
       v1::REJECTION_REASON_CLOCK_SKEW, "occur_time"},
      {"impossibly old",
       [](auto& e) {
         e.mutable_occur_time()->set_seconds(std::numeric_limits<std::int64_t>::min());
       },
       v1::REJECTION_REASON_TOO_LATE, "occur_time"},
      {"impossibly far ahead",
       [](auto& e) {
         e.mutable_occur_time()->set_seconds(std::numeric_limits<std::int64_t>::max());
       },
       v1::REJECTION_REASON_CLOCK_SKEW, "occur_time"},
      {"empty session", [](auto& e) { e.clear_session_id(); }, v1::REJECTION_REASON_UNSPECIFIED,
       ""},
  };
  for (const Case& c : cases) {
    v1::PlayerEvent event = MakeEvent();
    c.change(event);
    FieldNotes notes;
    const auto rejection = Validate(event, kNow, {}, notes);
    EXPECT_EQ(rejection.has_value() ? rejection->reason : v1::REJECTION_REASON_UNSPECIFIED,
              c.reason)
        << c.name;
    if (rejection.has_value()) {
      EXPECT_EQ(rejection->field, c.field) << c.name;
      EXPECT_THAT(rejection->message, ::testing::HasSubstr(c.field)) << c.name;
    }
  }
}

TEST(ValidateTest, CutsEveryTextAtItsLimit) {
  for (const TextField& field : TextFields()) {
    if (field.max_bytes == 0) continue;
    for (const std::size_t over : {0, 1, 3000}) {
      v1::PlayerEvent event = MakeEvent();
      (event.*field.mutable_value)()->assign(field.max_bytes + over, 'x');
      FieldNotes notes;
      ASSERT_FALSE(Validate(event, kNow, {}, notes).has_value());
      EXPECT_EQ((event.*field.value)().size(), field.max_bytes) << field.name;
      EXPECT_EQ(notes.cut.size(), over > 0 ? 1U : 0U) << field.name;
      if (over > 0) {
        EXPECT_EQ(notes.cut[0], field.name);
      }
    }
  }
}

TEST(ValidateTest, CutsBetweenCharacters) {
  v1::PlayerEvent event = MakeEvent();
  event.set_entry_id(std::string(127, 'x') + "é");
  FieldNotes notes;
  ASSERT_FALSE(Validate(event, kNow, {}, notes).has_value());
  EXPECT_EQ(event.entry_id(), std::string(127, 'x'));
  EXPECT_THAT(notes.cut, ElementsAre("entry_id"));
}

TEST(ValidateTest, HasTheLimitsThatAreDocumented) {
  for (const TextField& field : TextFields()) {
    if (field.name == "entry_id" || field.name == "session_id") {
      EXPECT_EQ(field.max_bytes, 128U);
    }
    if (field.name.starts_with("custom_var_")) {
      EXPECT_EQ(field.max_bytes, 1024U);
    }
    if (field.name == "user_id" || field.name == "application") {
      EXPECT_EQ(field.max_bytes, 256U);
    }
  }
}

template <typename T>
void CheckRange(const NumberField<T>& field, T below, T above) {
  struct Case {
    T value;
    bool is_kept;
  };
  const Case cases[] = {{field.least, true},
                        {field.greatest, true},
                        {below, false},
                        {above, above <= field.greatest}};
  for (const Case& c : cases) {
    v1::PlayerEvent event = MakeEvent();
    (event.*field.set)(c.value);
    FieldNotes notes;
    ASSERT_FALSE(Validate(event, kNow, {}, notes).has_value());
    EXPECT_EQ((event.*field.has)(), c.is_kept) << field.name << " " << c.value;
    EXPECT_EQ(notes.soft.size(), c.is_kept ? 0U : 1U) << field.name << " " << c.value;
    if (!c.is_kept) {
      EXPECT_EQ(notes.soft[0], field.name);
    }
  }
}

TEST(ValidateTest, ClearsNumbersOutsideTheirRanges) {
  for (const auto& field : DoubleFields()) {
    CheckRange(field, std::nextafter(field.least, -1e300), std::nextafter(field.greatest, 1e300));
    CheckRange(field, -std::numeric_limits<double>::infinity(),
               std::numeric_limits<double>::infinity());
    CheckRange(field, std::nan(""), std::nan(""));
  }
  for (const auto& field : Int32Fields()) CheckRange(field, field.least - 1, field.greatest);
}

TEST(ValidateTest, KnowsTheRangeOfPlayTime) {
  for (const auto& [value, is_kept] : std::initializer_list<std::pair<double, bool>>{
           {0, true}, {2'592'000, true}, {2'592'000.001, false}, {-0.001, false}, {1e12, false}}) {
    v1::PlayerEvent event = MakeEvent();
    event.set_play_time_sum(value);
    FieldNotes notes;
    ASSERT_FALSE(Validate(event, kNow, {}, notes).has_value());
    EXPECT_EQ(event.has_play_time_sum(), is_kept) << value;
  }
}

TEST(ValidateTest, ReadsMillisecondsOfSessionStart) {
  v1::PlayerEvent event = MakeEvent();
  event.set_session_start_time(1'795'364'844'123);
  FieldNotes notes;
  ASSERT_FALSE(Validate(event, kNow, {}, notes).has_value());
  EXPECT_EQ(event.session_start_time(), 1'795'364'844);
  EXPECT_THAT(notes.soft, IsEmpty());
}

}  // namespace
}  // namespace playhead::ingest
