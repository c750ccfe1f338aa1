#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/query/tail.h"
#include "tests/query/fake_tail.h"

namespace playhead::query {
namespace {

using ::testing::ElementsAre;

absl::Time T(int seconds) { return absl::FromUnixSeconds(1'800'000'000 + seconds); }

struct RangeOf {
  int partition;
  std::int64_t first;
  std::int64_t next;
  int through;
};
struct SegmentOf {
  int writer;
  std::vector<RangeOf> ranges;
};

struct Case {
  std::string name;
  std::vector<SegmentOf> segments;
  // Indexes of the segments that count.
  std::vector<int> counting;
  std::vector<int> mismatched;
  int through;
};

// Stored: partitions 0 and 1 up to 100 and 200, through second 10 and 20; partition 2 up to 0,
// through 30.
std::map<int, StoredOffset> Stored() {
  return {{0, {100, T(10)}}, {1, {200, T(20)}}, {2, {0, T(30)}}};
}

TEST(TailTest, TakesWhatJoinsTheStore) {
  const std::vector<Case> cases = {
      {"no tail", {}, {}, {}, 10},
      {"an open segment that starts at the store",
       {{0, {{0, 100, 110, 50}, {1, 200, 200, 51}, {2, 0, 5, 52}}}},
       {0},
       {},
       50},
      {"a frozen segment, then the open one",
       {{0, {{0, 100, 110, 40}}}, {0, {{0, 110, 120, 50}, {1, 200, 210, 50}, {2, 0, 0, 60}}}},
       {0, 1},
       {},
       50},
      {"a frozen segment that was stored meanwhile is skipped",
       {{0, {{0, 90, 100, 9}, {1, 190, 200, 9}}}, {0, {{0, 100, 120, 50}, {1, 200, 210, 51}}}},
       {1},
       {},
       30},
      {"an open segment that was stored meanwhile, with more after it, is skipped",
       {{0, {{0, 80, 90, 8}, {1, 190, 195, 8}}}},
       {},
       {},
       10},
      {"a partition without records says nothing while the other is stored",
       {{0, {{0, 80, 90, 8}, {1, 200, 200, 25}}}},
       {},
       {},
       10},
      {"a segment that the store ends inside", {{0, {{0, 90, 110, 50}}}}, {}, {0}, 10},
      {"partitions that disagree", {{0, {{0, 100, 110, 50}, {1, 190, 200, 50}}}}, {}, {0}, 10},
      {"a first segment beyond the store", {{0, {{0, 101, 110, 50}}}}, {}, {0}, 10},
      {"a gap between two segments",
       {{0, {{0, 100, 110, 40}}}, {0, {{0, 111, 120, 50}}}},
       {},
       {0},
       10},
      {"a stored segment after one that counts",
       {{0, {{0, 100, 110, 40}}}, {0, {{1, 190, 200, 50}}}},
       {},
       {0},
       10},
      {"a backward range", {{0, {{0, 110, 100, 50}}}}, {}, {0}, 10},
      {"one writer does not join, the other does",
       {{0, {{0, 90, 110, 50}}}, {1, {{1, 200, 210, 50}, {2, 0, 1, 60}}}},
       {1},
       {0},
       10},
      {"a partition that the store does not know starts at 0",
       {{0, {{0, 100, 100, 50}, {1, 200, 200, 50}, {2, 0, 0, 50}, {3, 0, 4, 40}}}},
       {0},
       {},
       40},
      {"a segment of empty ranges moves the time alone",
       {{0, {{0, 100, 100, 50}, {1, 200, 200, 51}, {2, 0, 0, 52}}}},
       {0},
       {},
       50},
      {"an empty range beyond the store, with nothing before it, does not join",
       {{0, {{0, 105, 105, 50}}}},
       {},
       {0},
       10},
  };
  for (const Case& c : cases) {
    std::vector<v1::TailSegment> built;
    for (const SegmentOf& of : c.segments) {
      v1::TailSegment segment;
      segment.set_writer(of.writer);
      for (const RangeOf& range : of.ranges) {
        *segment.add_ranges() =
            PartitionRangeOf(range.partition, range.first, range.next, T(range.through));
      }
      built.push_back(segment);
    }
    std::vector<const v1::TailSegment*> segments;
    for (const v1::TailSegment& segment : built) segments.push_back(&segment);
    const TailSelection selection = SelectTail(segments, Stored());
    std::vector<int> counting;
    for (const v1::TailSegment* segment : selection.segments) {
      counting.push_back(static_cast<int>(segment - built.data()));
    }
    EXPECT_EQ(counting, c.counting) << c.name;
    EXPECT_EQ(
        std::vector<int>(selection.mismatched_writers.begin(), selection.mismatched_writers.end()),
        c.mismatched)
        << c.name;
    EXPECT_EQ(selection.through, T(c.through)) << c.name;
  }
}

TEST(TailTest, KnowsNothingOfAnEmptyInstallation) {
  EXPECT_EQ(SelectTail({}, {}).through, absl::InfinitePast());
  EXPECT_EQ(SelectTail({}, {{0, {}}}).through, absl::InfinitePast());
}

TEST(TailTest, WatermarkFollowsTheEndsOfPartitions) {
  v1::TailSegment segment;
  *segment.add_ranges() = PartitionRangeOf(0, 100, 110, T(50));
  const auto before = SelectTail({}, Stored()).watermark;
  const auto with_tail = SelectTail({&segment}, Stored()).watermark;
  auto stored = Stored();
  stored[0].next = 110;
  EXPECT_NE(before, with_tail);
  EXPECT_EQ(SelectTail({&segment}, stored).watermark, with_tail);
}

TEST(TailTest, RefusesColumnsOfUnequalLength) {
  v1::ReadTailRequest request;
  request.add_dimensions("entry");
  request.add_measures("plays");
  v1::ReadTailResponse response;
  v1::TailSegment& segment = *response.add_segments();
  EXPECT_TRUE(CheckSegments(request, response).ok());
  segment.add_minute_ms(1);
  EXPECT_FALSE(CheckSegments(request, response).ok());
  segment.add_dimensions()->add_values("e");
  segment.add_measures()->add_values(1);
  EXPECT_TRUE(CheckSegments(request, response).ok());
  segment.add_sketches()->add_values("x");
  EXPECT_FALSE(CheckSegments(request, response).ok());
  segment.clear_sketches();
  segment.add_event_minute_ms(1);
  EXPECT_FALSE(CheckSegments(request, response).ok());
  segment.clear_event_minute_ms();
  segment.add_ten_seconds_ms(10'000);
  segment.add_ten_seconds_views(1);
  segment.add_ten_seconds_dimensions()->add_values("e");
  EXPECT_FALSE(CheckSegments(request, response).ok()) << "not asked for";
  request.set_ten_seconds(true);
  EXPECT_TRUE(CheckSegments(request, response).ok());
  segment.add_ten_seconds_views(1);
  EXPECT_FALSE(CheckSegments(request, response).ok());
}

TEST(TailTest, AsksForTenSecondsAloneWhereNothingElseIsRead) {
  v1::RunReportRequest request;
  request.set_partner_id(7);
  request.add_metrics("views");
  request.add_metrics("peak_viewers");
  request.add_dimensions("ten_seconds");
  request.mutable_time_range()->set_relative("1h");
  const auto asked = [&] {
    const ReportQuery query = ParseRequest(request, {.now = T(0)}).value();
    return TailRequest(query,
                       MakePlan(query, PlanContext{T(0), absl::UTCTimeZone(), {}, {}, {}}).value());
  };
  EXPECT_TRUE(asked().ten_seconds());
  EXPECT_EQ(asked().measures_size(), 0);
  request.set_dimensions(0, "minute");
  EXPECT_TRUE(asked().ten_seconds());
  EXPECT_EQ(asked().measures_size(), 1);
  request.mutable_metrics()->RemoveLast();
  EXPECT_FALSE(asked().ten_seconds());
}

TEST(TailTest, AsksForWhatTheReportNeeds) {
  v1::RunReportRequest request;
  request.set_partner_id(7);
  request.add_metrics("play_ratio");
  request.add_metrics("unique_viewers");
  request.add_metrics("shares");
  request.add_dimensions("entry");
  request.set_filter_string("country = \"FR\"");
  request.mutable_time_range()->set_relative("1h");
  const ReportQuery query = ParseRequest(request, {.now = T(0)}).value();
  const Plan plan = MakePlan(query, PlanContext{T(0), absl::UTCTimeZone(), {}, {}, {}}).value();
  const v1::ReadTailRequest asked = TailRequest(query, plan);
  EXPECT_EQ(asked.partner(), 7);
  EXPECT_THAT(asked.dimensions(), ElementsAre("entry", "country", "traffic"));
  EXPECT_THAT(asked.measures(), ElementsAre("impressions", "plays"));
  EXPECT_THAT(asked.sketches(), ElementsAre("unique_viewers"));
  EXPECT_TRUE(asked.events());
  EXPECT_EQ(asked.from_ms(), absl::ToUnixMillis(query.range.start));
  EXPECT_EQ(asked.until_ms(), absl::ToUnixMillis(query.range.end));
}

}  // namespace
}  // namespace playhead::query
