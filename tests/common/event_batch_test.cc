#include "common/event_batch.h"

#include <functional>
#include <string>
#include <vector>

#include "common/strings.h"
#include "gtest/gtest.h"

namespace playhead {
namespace {

constexpr std::int64_t kNow = 1'795'364'844'000;
constexpr std::int64_t kDay = 24 * 3'600'000;

Event SomeEvent(int i) {
  Event event;
  event.partner = 4711;
  event.event_type = 99;
  event.door = v1::DOOR_BEACON;
  event.receive_time_ms = kNow + i;
  event.event_time_ms = kNow - 1000 * i;
  event.identity = {.high = 1, .low = static_cast<std::uint64_t>(i)};
  event.content = 7;
  event.event_index = static_cast<std::uint32_t>(i);
  event.session = {.high = 5, .low = 6};
  event.viewer = 8;
  event.dimension(catalog::Dimension::kEntry) = i % 2 == 0 ? "0_even" : "0_odd";
  event.dimension(catalog::Dimension::kCustomVar3) = "cv3=\xC3\xA9";
  event.number(catalog::Number::kPlayTimeSumMs) = i == 0 ? -1 : 10'000 * i;
  return event;
}

std::vector<Event> SomeEvents(int count) {
  std::vector<Event> events;
  for (int i = 0; i < count; ++i) events.push_back(SomeEvent(i));
  return events;
}

v1::EventBatch GoodBatch(int count) {
  v1::EventBatch batch = PackBatch(SomeEvents(count));
  batch.set_producer("0123456789abcdef");
  batch.set_sequence(1);
  return batch;
}

TEST(EventBatchTest, ComesBackAsItWasPacked) {
  const std::vector<Event> events = SomeEvents(1000);
  const auto unpacked = UnpackBatch(GoodBatch(1000).SerializeAsString(), kNow);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(unpacked->sequence, 1U);
  EXPECT_EQ(unpacked->producer.high, 0x3031323334353637U);
  ASSERT_EQ(unpacked->events.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const BatchEvent& read = unpacked->events[i];
    EXPECT_EQ(read.receive_time_ms, events[i].receive_time_ms);
    EXPECT_EQ(read.event_time_ms, events[i].event_time_ms);
    EXPECT_EQ(read.identity, events[i].identity);
    EXPECT_EQ(read.event_index, events[i].event_index);
    EXPECT_EQ(read.numbers, events[i].numbers);
    for (std::size_t d = 0; d < catalog::kDimensionCount; ++d) {
      EXPECT_EQ(unpacked->dictionary[read.dimensions[d]], events[i].dimensions[d]);
    }
  }
}

TEST(EventBatchTest, ABatchWithoutEventsCarriesRejections) {
  v1::EventBatch batch = GoodBatch(0);
  v1::RejectedCount& rejected = *batch.add_rejected();
  rejected.set_minute(kNow / 60'000);
  rejected.set_door(v1::DOOR_GRPC);
  rejected.set_reason(3);
  rejected.set_count(17);
  const auto unpacked = UnpackBatch(batch.SerializeAsString(), kNow);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  ASSERT_EQ(unpacked->rejected.size(), 1U);
  EXPECT_EQ(unpacked->rejected[0].count(), 17U);
}

struct Case {
  std::string name;
  std::function<void(v1::EventBatch&)> change;
  std::string refusal;  // part of the message
};

v1::RejectedCount Rejected(std::uint32_t door, std::uint32_t reason) {
  v1::RejectedCount rejected;
  rejected.set_minute(kNow / 60'000);
  rejected.set_door(door);
  rejected.set_reason(reason);
  rejected.set_count(1);
  return rejected;
}

class HostileBatchTest : public testing::TestWithParam<Case> {};

TEST_P(HostileBatchTest, IsRefusedWithTheFieldAtFault) {
  v1::EventBatch batch = GoodBatch(3);
  GetParam().change(batch);
  const auto unpacked = UnpackBatch(batch.SerializeAsString(), kNow);
  ASSERT_EQ(unpacked.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(ToStd(unpacked.status().message())).find(GetParam().refusal),
            std::string::npos)
      << unpacked.status();
}

using B = v1::EventBatch;
INSTANTIATE_TEST_SUITE_P(
    Fields, HostileBatchTest,
    testing::Values(
        Case{"Producer", [](B& b) { b.set_producer("short"); }, "producer"},
        Case{"Sequence", [](B& b) { b.set_sequence(0); }, "sequence"},
        Case{"Count", [](B& b) { b.set_event_count(1001); }, "1,000"},
        Case{"CountWithoutColumns", [](B& b) { b.set_event_count(4); }, "partner"},
        Case{"NoPartner", [](B& b) { b.clear_partner(); }, "partner"},
        Case{"PartnerZero", [](B& b) { b.set_partner(1, 0); }, "partner"},
        Case{"EventTypeZero", [](B& b) { b.set_event_type(1, 0); }, "event_type"},
        Case{"Door", [](B& b) { b.set_door(0, 9); }, "door"},
        Case{"LongColumn", [](B& b) { b.add_event_index(1); }, "event_index"},
        Case{"OutsideDictionary", [](B& b) { b.mutable_dimensions(0)->set_values(0, 1000); },
             "dictionary"},
        Case{"DictionaryWithoutEmpty", [](B& b) { b.set_dictionary(0, "x"); }, "dictionary"},
        Case{"DictionaryNul", [](B& b) { b.set_dictionary(1, std::string(1, '\0')); }, "NUL"},
        Case{"LongText", [](B& b) { b.set_dictionary(1, std::string(1025, 'x')); }, "1 KiB"},
        Case{"TooOld", [](B& b) { b.set_event_time_ms(0, -10 * kDay); }, "event_time_ms"},
        Case{"TooNew", [](B& b) { b.set_event_time_ms(0, kDay); }, "event_time_ms"},
        Case{"TimeOverflow", [](B& b) { b.set_event_time_ms(0, INT64_MAX); }, "event_time_ms"},
        Case{"HugeNumber", [](B& b) { b.mutable_numbers(0)->set_values(0, UINT64_MAX); }, "number"},
        Case{"ShortNumbers", [](B& b) { b.mutable_numbers(0)->mutable_values()->RemoveLast(); },
             "number"},
        Case{"RejectedDoor", [](B& b) { *b.add_rejected() = Rejected(77, 1); }, "rejected"},
        Case{"RejectedNoDoor", [](B& b) { *b.add_rejected() = Rejected(0, 1); }, "rejected"},
        Case{"RejectedNoReason", [](B& b) { *b.add_rejected() = Rejected(1, 0); }, "rejected"},
        Case{"RejectedReason", [](B& b) { *b.add_rejected() = Rejected(1, 99); }, "rejected"}),
    [](const auto& tested) { return tested.param.name; });

TEST(EventBatchTest, RefusesWhatIsNotABatch) {
  EXPECT_FALSE(UnpackBatch("", kNow).ok());
  EXPECT_FALSE(UnpackBatch("\xff\xff\xff", kNow).ok());
  std::string cut = GoodBatch(3).SerializeAsString();
  cut.resize(cut.size() / 2);
  EXPECT_FALSE(UnpackBatch(cut, kNow).ok());
}

TEST(EventBatchTest, IgnoresDimensionsOfLaterVersions) {
  v1::EventBatch batch = GoodBatch(3);
  v1::DimensionColumn& column = *batch.add_dimensions();
  column.set_dimension(200);
  for (int i = 0; i < 3; ++i) column.add_values(0);
  EXPECT_TRUE(UnpackBatch(batch.SerializeAsString(), kNow).ok());
}

}  // namespace
}  // namespace playhead
