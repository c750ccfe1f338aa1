#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "services/aggregator/rollup_store.h"

namespace playhead::aggregator {

// Sums of an event stream in the finest terms that do not depend on epochs.
struct Totals {
  // By measure.
  std::map<int, std::int64_t> measures;
  // By partner, minute, entry and measure.
  std::map<std::tuple<std::int32_t, std::int64_t, std::string, int>, std::int64_t> entries;
  // By event type and error code.
  std::map<std::pair<std::int32_t, std::string>, std::int64_t> events;
  // By minute, door, partner, outcome and reason.
  std::map<std::tuple<std::int64_t, int, std::int32_t, int, int>, std::int64_t> ledger;
  // Partition and offset.
  std::set<std::pair<int, std::int64_t>> rejected;

  friend bool operator==(const Totals&, const Totals&) = default;

  void Add(const Epoch& epoch) {
    for (const FactRow& fact : epoch.facts) {
      const std::string& entry = epoch.strings[fact.dimension(catalog::Dimension::kEntry)];
      for (int m = 0; m < catalog::kMeasureCount; ++m) {
        const std::int64_t value = fact.measures[static_cast<std::size_t>(m)];
        if (value == 0) continue;
        measures[m] += value;
        entries[{fact.partner, fact.minute_ms, entry, m}] += value;
      }
    }
    for (const FactEventRow& event : epoch.fact_events) {
      events[{event.event_type, epoch.strings[event.error_code]}] += event.count;
    }
    for (const LedgerRow& row : epoch.ledger) {
      ledger[{row.minute_ms, row.door, row.partner, static_cast<int>(row.outcome), row.reason}] +=
          row.count;
    }
    for (const RejectedBatch& batch : epoch.rejected_batches) {
      rejected.insert({batch.partition, batch.offset});
    }
  }
};

// The content of a database: lives longer than the stores that write into it. Checks every epoch
// against the contract.
class FakeDatabase {
 public:
  std::vector<Ownership> Acquire(std::span<const int> partitions) {
    absl::MutexLock lock(&mutex_);
    std::vector<Ownership> owned;
    for (const int partition : partitions) {
      Ownership& at = offsets_[partition];
      at.partition = partition;
      ++at.fence;
      owned.push_back(at);
    }
    return owned;
  }

  CommitOutcome Commit(const Epoch& epoch) {
    absl::MutexLock lock(&mutex_);
    EXPECT_FALSE(epoch.token.IsZero());
    EXPECT_FALSE(epoch.ranges.empty());
    EXPECT_FALSE(epoch.rollups.empty());
    if (tokens_.contains({epoch.token.high, epoch.token.low})) return CommitOutcome::kCommitted;
    int previous = -1;
    for (const EpochRange& range : epoch.ranges) {
      EXPECT_GT(range.partition, previous) << "ranges are not in partition order";
      previous = range.partition;
      EXPECT_LE(range.first, range.next);
      const Ownership& at = offsets_.at(range.partition);
      if (at.fence != range.fence || at.next != range.first) return CommitOutcome::kLost;
      EXPECT_GE(range.through_ms, at.through_ms) << "through_ms went back";
    }
    for (const EpochRange& range : epoch.ranges) {
      offsets_[range.partition].next = range.next;
      offsets_[range.partition].through_ms = range.through_ms;
    }
    tokens_.insert({epoch.token.high, epoch.token.low});
    totals_.Add(epoch);
    CheckRollups(epoch);
    return CommitOutcome::kCommitted;
  }

  // As another owner would.
  void RaiseFence(int partition) {
    absl::MutexLock lock(&mutex_);
    ++offsets_[partition].fence;
  }
  void SetNext(int partition, std::int64_t next) {
    absl::MutexLock lock(&mutex_);
    offsets_[partition].partition = partition;
    offsets_[partition].next = next;
  }
  Totals totals() const {
    absl::MutexLock lock(&mutex_);
    return totals_;
  }
  std::int64_t next(int partition) const {
    absl::MutexLock lock(&mutex_);
    const auto it = offsets_.find(partition);
    return it == offsets_.end() ? 0 : it->second.next;
  }
  std::size_t epoch_count() const {
    absl::MutexLock lock(&mutex_);
    return tokens_.size();
  }

 private:
  // Every rollup has the same sums as the facts.
  static void CheckRollups(const Epoch& epoch) {
    std::int64_t fact_sum = 0;
    for (const FactRow& fact : epoch.facts) {
      for (const std::int64_t value : fact.measures) fact_sum += value;
    }
    for (const RollupRows& rollup : epoch.rollups) {
      std::int64_t sum = 0;
      for (const RollupRow& row : rollup.rows) {
        for (const std::int64_t value : row.measures) sum += value;
      }
      EXPECT_EQ(sum, fact_sum) << rollup.rollup->name;
    }
  }

  mutable absl::Mutex mutex_;
  std::map<int, Ownership> offsets_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<std::uint64_t, std::uint64_t>> tokens_ ABSL_GUARDED_BY(mutex_);
  Totals totals_ ABSL_GUARDED_BY(mutex_);
};

// One writer's connection; `faults` plays what goes wrong.
class FakeRollupStore final : public RollupStore {
 public:
  enum class Fault {
    kNone,
    kAwayBefore,  // Unavailable, nothing happened
    kReplyLost,   // Unavailable, although it was committed
    kFenced,      // another owner was faster
  };
  using Faults = std::function<Fault()>;
  // A reason to refuse the epoch; empty: none.
  using Refusal = std::function<std::string(const Epoch&)>;

  explicit FakeRollupStore(FakeDatabase& database) : database_(database) {}

  void set_faults(Faults faults) { faults_ = std::move(faults); }
  void set_refusal(Refusal refusal) { refusal_ = std::move(refusal); }
  void set_acquire_status(absl::Status status) { acquire_status_ = std::move(status); }

  absl::StatusOr<std::vector<Ownership>> Acquire(Id128 /*log_uuid*/, int /*partition_count*/,
                                                 std::span<const int> partitions) override {
    if (!acquire_status_.ok()) return acquire_status_;
    if (faults_() == Fault::kAwayBefore) return absl::UnavailableError("database is away");
    return database_.Acquire(partitions);
  }

  absl::StatusOr<CommitOutcome> Commit(const Epoch& epoch) override {
    const Fault fault = faults_();
    if (fault == Fault::kAwayBefore) return absl::UnavailableError("database is away");
    if (fault == Fault::kFenced) database_.RaiseFence(epoch.ranges.front().partition);
    const std::string refusal = refusal_(epoch);
    if (!refusal.empty()) return absl::InvalidArgumentError(refusal);
    const CommitOutcome outcome = database_.Commit(epoch);
    if (fault == Fault::kReplyLost) return absl::UnavailableError("reply lost");
    return outcome;
  }

 private:
  FakeDatabase& database_;
  Faults faults_ = [] { return Fault::kNone; };
  Refusal refusal_ = [](const Epoch&) { return std::string(); };
  absl::Status acquire_status_;
};

}  // namespace playhead::aggregator
