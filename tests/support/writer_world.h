#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/aggregator/writer.h"
#include "tests/support/events.h"
#include "tests/support/fake_event_source.h"
#include "tests/support/fake_rollup_store.h"

namespace playhead::aggregator {

// What a log's records amount to, by the decisions of one state that never restarts.
class Oracle {
 public:
  using Measures = std::array<std::int64_t, catalog::kMeasureCount>;

  explicit Oracle(const WindowLimits& limits) : limits_(limits) {}

  // The next record of the partition. `is_poison`: the store refuses it.
  void Take(int partition, const std::string& payload, std::int64_t append_ms, bool is_poison) {
    Partition& at = Get(partition);
    const auto offset = static_cast<std::int64_t>(at.sums.size()) - 1;
    const auto batch = UnpackBatch(payload, append_ms);
    OpenEpoch epoch;
    if (batch.ok()) {
      const BatchDecision decision = at.state.Decide(*batch, append_ms);
      if (!is_poison) epoch.Fold(*batch, decision);
    }
    if (!batch.ok() || is_poison) totals_.rejected.insert({partition, offset});
    const Epoch folded = epoch.Freeze();
    totals_.Add(folded);
    Measures sum = at.sums.back();
    for (const FactRow& fact : folded.facts) {
      for (std::size_t m = 0; m < sum.size(); ++m) sum[m] += fact.measures[m];
    }
    at.sums.push_back(sum);
  }

  // The next `count` offsets are lost.
  void Skip(int partition, std::int64_t count) {
    Partition& at = Get(partition);
    at.sums.resize(at.sums.size() + static_cast<std::size_t>(count), at.sums.back());
  }

  const Totals& totals() const { return totals_; }
  Measures SumBelow(int partition, std::int64_t next) {
    return Get(partition).sums.at(static_cast<std::size_t>(next));
  }

 private:
  struct Partition {
    explicit Partition(const WindowLimits& limits) : state(limits), sums(1) {}
    PartitionState state;
    std::vector<Measures> sums;  // of the records below an offset
  };

  Partition& Get(int partition) {
    return partitions_.try_emplace(partition, limits_).first->second;
  }

  const WindowLimits limits_;
  std::map<int, Partition> partitions_;
  Totals totals_;
};

// A writer between a log and a database that the test plays with.
class WriterWorld {
 public:
  static constexpr int kPartitions = 3;
  static constexpr WindowLimits kLimits = {.window_ms = 60'000};

  WriterWorld() { Restart(); }

  // Kills the writer and starts another one.
  void Restart() {
    writer_.reset();
    store_ = std::make_unique<FakeRollupStore>(database);
    store_->set_faults([this] { return faults(); });
    store_->set_refusal([this](const Epoch& epoch) { return refusal(epoch); });
    writer_ = std::make_unique<Writer>(
        options, source, *store_, [this] { return absl::FromUnixMillis(now_ms); }, metrics_);
  }

  void Append(int partition, const std::string& payload, bool is_poison = false) {
    source.Append(partition, payload, now_ms);
    oracle.Take(partition, payload, now_ms, is_poison);
  }
  void AppendEvents(int partition, const std::vector<Event>& events, bool is_poison = false) {
    Append(partition, MakeBatch(events, ++sequence_), is_poison);
  }
  void Damage(int partition, std::int64_t count) {
    source.Damage(partition, count);
    oracle.Skip(partition, count);
  }

  // Folds and commits until nothing is left, with whatever the database does now.
  void Settle() {
    for (int step = 0; step < 100'000 && !IsSettled(); ++step) {
      writer_->RequestFreeze();
      writer_->FoldStep();
      writer_->CommitStep();
    }
    EXPECT_TRUE(IsSettled());
  }
  bool IsSettled() const {
    for (int p = 0; p < kPartitions; ++p) {
      if (database.next(p) != source.GetBounds(p)->next) return false;
    }
    return true;
  }

  // Reads as a report does: committed sums, and the segments that follow them. Expects exactly what
  // the log held below the last offset that was read. False: there is no tail now.
  bool CheckReader() {
    const Totals committed = database.totals();
    TailQuery query;
    for (const catalog::MeasureInfo& info : catalog::Measures()) query.measures.push_back(info.id);
    query.until_ms = now_ms + 3'600'000;
    const auto segments = writer_->ReadTail(query, kMaxTailBytes);
    if (!segments.ok()) {
      EXPECT_TRUE(absl::IsUnavailable(segments.status())) << segments.status();
      return false;
    }
    Oracle::Measures sum{};
    for (const auto& [m, value] : committed.measures) sum[static_cast<std::size_t>(m)] = value;
    std::map<int, std::int64_t> next;
    for (int p = 0; p < kPartitions; ++p) next[p] = database.next(p);
    for (const v1::TailSegment& segment : *segments) AddSegment(segment, next, sum);
    Oracle::Measures expected{};
    for (const auto& [partition, offset] : next) {
      const Oracle::Measures below = oracle.SumBelow(partition, offset);
      for (std::size_t m = 0; m < below.size(); ++m) expected[m] += below[m];
    }
    EXPECT_EQ(sum, expected);
    return true;
  }

  Writer& writer() { return *writer_; }

  WriterOptions options = {.partitions = {0, 1, 2}, .windows = kLimits, .read_bytes = 2'000};
  std::function<FakeRollupStore::Fault()> faults = [] { return FakeRollupStore::Fault::kNone; };
  FakeRollupStore::Refusal refusal = [](const Epoch&) { return std::string(); };
  std::int64_t now_ms = kNoonMs;
  FakeEventSource source{kPartitions};
  FakeDatabase database;
  Oracle oracle{kLimits};
  FakeRollupStore& store() { return *store_; }

 private:
  static void AddSegment(const v1::TailSegment& segment, std::map<int, std::int64_t>& next,
                         Oracle::Measures& sum) {
    bool counts = true;
    for (const v1::PartitionRange& range : segment.ranges()) {
      counts = counts && range.first() >= next[range.partition()];
    }
    if (!counts) return;
    for (const v1::PartitionRange& range : segment.ranges()) {
      EXPECT_EQ(range.first(), next[range.partition()]) << "a hole between segments";
      next[range.partition()] = range.next();
    }
    for (std::size_t m = 0; m < sum.size(); ++m) {
      for (const std::int64_t value : segment.measures(static_cast<int>(m)).values()) {
        sum[m] += value;
      }
    }
  }

  std::uint64_t sequence_ = 0;
  prometheus::Registry registry_;
  AggregatorMetrics metrics_{registry_};
  std::unique_ptr<FakeRollupStore> store_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace playhead::aggregator
