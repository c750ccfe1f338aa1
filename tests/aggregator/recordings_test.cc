// The recorded beacons of a real player, decided and folded: counts and times equal expected.json.
#include <random>
#include <set>

#include "gtest/gtest.h"
#include "services/aggregator/fold.h"
#include "services/aggregator/partition.h"
#include "tests/support/beacon_recordings.h"
#include "tests/support/events.h"

namespace playhead::aggregator {
namespace {

using catalog::Measure;

const google::protobuf::Struct& Expected() {
  static const auto& expected =
      *new google::protobuf::Struct(ParseJson(ReadText(PLAYHEAD_BEACONS "/expected.json")));
  return expected;
}

std::vector<std::string> Scenarios() {
  std::vector<std::string> names;
  for (const auto& [name, scenario] : Expected().fields()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

double Number(const google::protobuf::Struct& scenario, const std::string& name) {
  return scenario.fields().at(name).number_value();
}

// Displaces events by up to 6 places within each stretch of each playback.
std::vector<Event> Displace(const std::vector<Event>& events, std::mt19937& random) {
  struct Placed {
    double place = 0;
    Event event;
  };
  std::vector<Placed> placed;
  std::map<std::pair<std::uint64_t, std::string>, std::set<std::uint32_t>> stretches;
  double base = 0;
  for (const Event& event : events) {
    std::set<std::uint32_t>& stretch =
        stretches[{event.session.low, event.dimension(catalog::Dimension::kEntry)}];
    if (event.event_index != 0 && !stretch.insert(event.event_index).second) {
      stretch = {event.event_index};
      base += 100;  // nothing crosses the beginning of a stretch
    }
    base += 1;
    placed.push_back(
        {.place = base + std::uniform_real_distribution<>(0, 6)(random), .event = event});
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const Placed& a, const Placed& b) { return a.place < b.place; });
  std::vector<Event> displaced;
  for (Placed& p : placed) displaced.push_back(std::move(p.event));
  return displaced;
}

class Folded {
 public:
  // Appends at the recorded pace, or all at one instant.
  void Take(const std::vector<Event>& events, bool at_recorded_pace) {
    std::size_t i = 0;
    while (i < events.size()) {
      const std::size_t count = std::min<std::size_t>(events.size() - i, 1 + sequence_ % 3);
      now_ms_ = std::max(now_ms_, at_recorded_pace ? events[i].receive_time_ms : now_ms_);
      const auto batch = UnpackBatch(MakeBatch(std::span(events).subspan(i, count), ++sequence_),
                                     events[0].receive_time_ms);
      ASSERT_TRUE(batch.ok()) << batch.status();
      epoch_.Fold(*batch, state_.Decide(*batch, now_ms_));
      i += count;
    }
  }

  std::int64_t Sum(Measure measure) const {
    std::int64_t sum = 0;
    for (const FactRow& fact : epoch_.facts()) sum += fact.measure(measure);
    return sum;
  }

  std::int64_t CountOfType(std::int32_t event_type) const {
    const auto measure = catalog::MeasureOfEventType(event_type);
    if (measure.has_value()) return Sum(*measure);
    std::int64_t count = 0;
    for (const FactEventRow& row : epoch_.fact_events()) {
      if (row.event_type == event_type) count += row.count;
    }
    return count;
  }

  std::size_t Sessions() const {
    std::set<std::uint64_t> sessions;
    for (const FactRow& fact : epoch_.facts()) sessions.insert(fact.session.low);
    return sessions.size();
  }

 private:
  PartitionState state_{WindowLimits{}};
  OpenEpoch epoch_;
  std::uint64_t sequence_ = 0;
  std::int64_t now_ms_ = 1'795'364'000'000;
};

// `copies`: how often events without identity were sent.
void ExpectExact(const Folded& folded, const google::protobuf::Struct& expected, int copies) {
  for (const auto& [type, count] : expected.fields().at("byEventType").struct_value().fields()) {
    const int event_type = std::stoi(type);
    EXPECT_EQ(folded.CountOfType(event_type),
              static_cast<std::int64_t>(count.number_value()) * (event_type > 10'000 ? copies : 1))
        << type;
  }
  EXPECT_NEAR(static_cast<double>(folded.Sum(Measure::kPlayTimeMs)),
              Number(expected, "playTimeSumSec") * 1000, 5.001 + 1);
  EXPECT_NEAR(static_cast<double>(folded.Sum(Measure::kBufferTimeMs)),
              Number(expected, "bufferTimeSec") * 1000, 1);
  EXPECT_EQ(folded.Sessions(), static_cast<std::size_t>(Number(expected, "uniqueSessions")));
}

// The sum of the greatest playTimeSum of each stretch, to the millisecond.
std::int64_t WatchedMs(const std::vector<Event>& events) {
  struct Stretch {
    std::set<std::uint32_t> indexes;
    std::int64_t max_ms = 0;
  };
  std::map<std::pair<std::uint64_t, std::string>, Stretch> stretches;
  std::int64_t watched_ms = 0;
  for (const Event& event : events) {
    Stretch& stretch = stretches[{event.session.low, event.dimension(catalog::Dimension::kEntry)}];
    if (event.event_index != 0 && !stretch.indexes.insert(event.event_index).second) {
      watched_ms += stretch.max_ms;
      stretch = {.indexes = {event.event_index}, .max_ms = 0};
    }
    if (event.event_type != 99) continue;
    stretch.max_ms = std::max(stretch.max_ms, event.number(catalog::Number::kPlayTimeSumMs));
  }
  for (const auto& [key, stretch] : stretches) watched_ms += stretch.max_ms;
  return watched_ms;
}

class RecordingsTable : public testing::TestWithParam<std::string> {
 protected:
  const google::protobuf::Struct& expected() const {
    return Expected().fields().at(GetParam()).struct_value();
  }
  std::vector<Event> events_ = ReadRecording(PLAYHEAD_BEACONS "/" + GetParam() + ".ndjson");
};

TEST_P(RecordingsTable, AreExactInOrder) {
  for (const bool at_recorded_pace : {false, true}) {
    Folded folded;
    folded.Take(events_, at_recorded_pace);
    ExpectExact(folded, expected(), 1);
    EXPECT_EQ(folded.Sum(Measure::kPlayTimeMs), WatchedMs(events_));
  }
}

TEST_P(RecordingsTable, AreExactTwice) {
  Folded folded;
  folded.Take(events_, true);
  folded.Take(events_, false);
  ExpectExact(folded, expected(), 2);
  EXPECT_EQ(folded.Sum(Measure::kPlayTimeMs), WatchedMs(events_));
}

TEST_P(RecordingsTable, AreExactDisplacedAndTwice) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    Folded folded;
    const std::vector<Event> displaced = Displace(events_, random);
    folded.Take(displaced, round % 2 == 0);
    folded.Take(round % 3 == 0 ? displaced : events_, false);
    ExpectExact(folded, expected(), 2);
    EXPECT_EQ(folded.Sum(Measure::kPlayTimeMs), WatchedMs(events_)) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(All, RecordingsTable, testing::ValuesIn(Scenarios()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace playhead::aggregator
