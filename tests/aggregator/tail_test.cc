#include "services/aggregator/tail.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/aggregator/fold.h"
#include "tests/support/events.h"

namespace playhead::aggregator {
namespace {

using testing::ElementsAre;

v1::ReadTailRequest Request(std::vector<std::string> dimensions) {
  v1::ReadTailRequest request;
  for (std::string& name : dimensions) request.add_dimensions(std::move(name));
  request.add_measures("plays");
  request.set_from_ms(kNoonMs);
  request.set_until_ms(kNoonMs + 3'600'000);
  return request;
}

void Fold(const std::vector<Event>& events, OpenEpoch& epoch) {
  epoch.Fold(*UnpackBatch(MakeBatch(events, 1), kNoonMs),
             {.events = std::vector<EventDecision>(events.size())});
}

v1::TailSegment Rows(const v1::ReadTailRequest& request, const OpenEpoch& epoch) {
  v1::TailSegment segment;
  const auto query = ParseTailQuery(request);
  EXPECT_TRUE(query.ok()) << query.status();
  EXPECT_TRUE(AddTailRows(*query, {epoch.strings(), epoch.facts(), epoch.fact_events()},
                          kMaxTailBytes, segment)
                  .ok());
  return segment;
}

TEST(TailTest, GroupsByMinuteAndDimensions) {
  std::vector<Event> events(4, MakeEvent(3, "s", "1", kNoonMs));
  events[1].session = Murmur3("other");
  events[2].event_time_ms += 60'000;
  events[3].dimension(catalog::Dimension::kEntry) = "0_b";
  OpenEpoch epoch;
  Fold(events, epoch);
  const v1::TailSegment rows = Rows(Request({"entry", "partner"}), epoch);
  EXPECT_THAT(rows.minute_ms(), ElementsAre(kNoonMs, kNoonMs + 60'000, kNoonMs));
  EXPECT_THAT(rows.dimensions(0).values(), ElementsAre("0_entry", "0_entry", "0_b"));
  EXPECT_THAT(rows.dimensions(1).values(), ElementsAre("4711", "4711", "4711"));
  EXPECT_THAT(rows.measures(0).values(), ElementsAre(2, 1, 1));
}

TEST(TailTest, FiltersPartnerAndMinutes) {
  std::vector<Event> events(4, MakeEvent(3, "s", "1", kNoonMs));
  events[0].partner = 5;
  events[1].event_time_ms = kNoonMs - 1;
  events[2].event_time_ms = kNoonMs + 119'999;
  events[3].event_time_ms = kNoonMs + 120'000;
  OpenEpoch epoch;
  Fold(events, epoch);
  v1::ReadTailRequest request = Request({});
  request.set_until_ms(kNoonMs + 120'000);
  EXPECT_THAT(Rows(request, epoch).minute_ms(), ElementsAre(kNoonMs, kNoonMs + 60'000));
  request.set_partner(4711);
  EXPECT_THAT(Rows(request, epoch).minute_ms(), ElementsAre(kNoonMs + 60'000));
}

TEST(TailTest, SketchesAreInStorageFormat) {
  OpenEpoch epoch;
  Fold({MakeEvent(3, "a", "1", kNoonMs), MakeEvent(3, "b", "2", kNoonMs)}, epoch);
  v1::ReadTailRequest request = Request({});
  request.add_sketches("unique_sessions");
  request.add_sketches("unique_known_users");
  const v1::TailSegment rows = Rows(request, epoch);
  Hll sessions;
  ASSERT_TRUE(sessions.Parse(rows.sketches(0).values(0)).ok());
  EXPECT_NEAR(sessions.Estimate(), 2, 0.01);
  EXPECT_EQ(rows.sketches(1).values(0), Hll().Serialize());
}

class TailEvents : public testing::Test {
 protected:
  TailEvents() {
    Event error = MakeEvent(98, "s", "1", kNoonMs);
    error.dimension(catalog::Dimension::kErrorCode) = "3022";
    Event shared = MakeEvent(22, "s", "2", kNoonMs);
    shared.dimension(catalog::Dimension::kErrorCode) = "7";
    Fold({error, error, shared, MakeEvent(22, "s", "3", kNoonMs), MakeEvent(3, "s", "4", kNoonMs)},
         epoch_);
  }
  OpenEpoch epoch_;
};

TEST_F(TailEvents, AreOfTypesWithoutMeasure) {
  v1::ReadTailRequest request = Request({"entry"});
  request.set_events(true);
  const v1::TailSegment rows = Rows(request, epoch_);
  EXPECT_THAT(rows.event_minute_ms(), ElementsAre(kNoonMs));
  EXPECT_THAT(rows.event_dimensions(0).values(), ElementsAre("0_entry"));
  EXPECT_THAT(rows.event_type(), ElementsAre(22));
  EXPECT_THAT(rows.event_error_code(), ElementsAre(""));
  EXPECT_THAT(rows.event_count(), ElementsAre(2));
}

TEST_F(TailEvents, WithErrorCodeHaveEveryEventThatCarriesOne) {
  v1::ReadTailRequest request = Request({"error_code"});
  request.set_events(true);
  const v1::TailSegment rows = Rows(request, epoch_);
  EXPECT_THAT(rows.event_type(), ElementsAre(98, 22, 22));
  EXPECT_THAT(rows.event_error_code(), ElementsAre("3022", "7", ""));
  EXPECT_THAT(rows.event_dimensions(0).values(), ElementsAre("3022", "7", ""));
  EXPECT_THAT(rows.event_count(), ElementsAre(2, 1, 1));
  EXPECT_THAT(rows.dimensions(0).values(), ElementsAre(""));
}

TEST_F(TailEvents, AreLeftOutUnlessAsked) {
  EXPECT_EQ(Rows(Request({}), epoch_).event_type_size(), 0);
}

TEST(TailTest, CountsViewsOfTenSecondsWhereAsked) {
  std::vector<Event> events(5, MakeEvent(99, "s", "1", kNoonMs + 9'999));
  events[1].event_time_ms = kNoonMs + 10'000;
  events[2].event_time_ms = kNoonMs + 19'999;
  events[3].event_time_ms = kNoonMs + 20'000;
  events[4].event_type = 3;
  OpenEpoch epoch;
  Fold(events, epoch);
  v1::ReadTailRequest request = Request({"entry"});
  EXPECT_EQ(Rows(request, epoch).ten_seconds_ms_size(), 0);
  request.set_ten_seconds(true);
  request.set_until_ms(kNoonMs + 20'000);
  const v1::TailSegment rows = Rows(request, epoch);
  EXPECT_THAT(rows.ten_seconds_ms(), ElementsAre(kNoonMs, kNoonMs + 10'000));
  EXPECT_THAT(rows.ten_seconds_dimensions(0).values(), ElementsAre("0_entry", "0_entry"));
  EXPECT_THAT(rows.ten_seconds_views(), ElementsAre(1, 2));
  EXPECT_EQ(rows.minute_ms_size(), 1);
  request.clear_measures();
  EXPECT_EQ(Rows(request, epoch).minute_ms_size(), 0);
}

TEST(TailTest, RefusesToBeLargerThanAsked) {
  OpenEpoch epoch;
  std::vector<Event> events(100, MakeEvent(3, "s", "1", kNoonMs));
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].dimension(catalog::Dimension::kCustomVar1) = std::string(100, 'x') + absl::StrCat(i);
  }
  Fold(events, epoch);
  const TailQuery query = *ParseTailQuery(Request({"custom_var_1"}));
  const TailFacts facts = {epoch.strings(), epoch.facts(), epoch.fact_events()};
  v1::TailSegment whole;
  ASSERT_TRUE(AddTailRows(query, facts, kMaxTailBytes, whole).ok());
  v1::TailSegment fitting;
  EXPECT_TRUE(AddTailRows(query, facts, whole.ByteSizeLong(), fitting).ok());
  v1::TailSegment cut;
  EXPECT_TRUE(absl::IsResourceExhausted(AddTailRows(query, facts, whole.ByteSizeLong() - 1, cut)));
  EXPECT_TRUE(absl::IsResourceExhausted(AddTailRows(query, facts, 100, cut)));
}

struct BadRequest {
  const char* name;
  std::function<void(v1::ReadTailRequest&)> change;
  const char* message;
};

class BadRequests : public testing::TestWithParam<BadRequest> {};

TEST_P(BadRequests, AreRefusedByField) {
  v1::ReadTailRequest request = Request({"entry"});
  GetParam().change(request);
  const absl::Status status = ParseTailQuery(request).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRequests,
    testing::Values(
        BadRequest{"Dimension", [](auto& r) { r.add_dimensions("colour"); },
                   "dimensions: `colour`"},
        BadRequest{"DimensionTwice", [](auto& r) { r.add_dimensions("entry"); }, "asked twice"},
        BadRequest{"Measure", [](auto& r) { r.add_measures("entry"); }, "measures: `entry`"},
        BadRequest{"Sketch", [](auto& r) { r.add_sketches("plays"); }, "sketches: `plays`"},
        BadRequest{"Partner", [](auto& r) { r.set_partner(-1); }, "partner"},
        BadRequest{"TooMany",
                   [](auto& r) {
                     for (int i = 0; i < 30; ++i) r.add_measures("plays");
                   },
                   "more than the catalog"}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace playhead::aggregator
