#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/event_batch.h"
#include "services/aggregator/epoch.h"
#include "services/aggregator/partition.h"

namespace playhead::aggregator {

// The epoch that is being folded: facts, rarer events and the ledger, all in memory. Not
// thread-safe.
class OpenEpoch {
 public:
  OpenEpoch();
  OpenEpoch(const OpenEpoch&) = delete;
  OpenEpoch& operator=(const OpenEpoch&) = delete;

  // Adds what counts of a batch. `decision` is of this batch.
  void Fold(const UnpackedBatch& batch, const BatchDecision& decision);

  void AddRejectedBatch(RejectedBatch rejected);

  // [0] is empty; ids of facts point here.
  const std::vector<std::string>& strings() const { return strings_; }
  const std::vector<FactRow>& facts() const { return facts_; }
  const std::vector<FactEventRow>& fact_events() const { return fact_events_; }

  // Events that were added.
  std::int64_t event_count() const { return event_count_; }
  std::size_t row_count() const {
    return facts_.size() + fact_events_.size() + ledger_.size() + rejected_batches_.size();
  }
  std::size_t MemoryBytes() const;

  // Moves everything out, without token, ranges and rollups; then only destruction is left.
  Epoch Freeze();

 private:
  struct FactHash {
    const std::vector<FactRow>* facts;
    std::size_t operator()(std::uint32_t index) const;
  };
  struct FactEqual {
    const std::vector<FactRow>* facts;
    bool operator()(std::uint32_t a, std::uint32_t b) const;
  };
  // Minute, door, partner, outcome, reason.
  using LedgerKey = std::tuple<std::int64_t, std::uint8_t, std::int32_t, Outcome, int>;
  // Fact, event type, error code.
  using FactEventKey = std::tuple<std::uint32_t, std::int32_t, std::uint32_t>;

  std::uint32_t Intern(const std::string& text);
  std::uint32_t FindOrAddFact(const FactRow& key);
  void FoldEvent(const BatchEvent& event, const EventDecision& decision,
                 std::vector<std::uint32_t>& ids, const std::vector<std::string>& dictionary);

  std::vector<std::string> strings_;
  std::size_t string_bytes_ = 0;
  absl::flat_hash_map<std::string, std::uint32_t> string_ids_;
  std::vector<FactRow> facts_;
  absl::flat_hash_set<std::uint32_t, FactHash, FactEqual> fact_index_;
  std::vector<FactEventRow> fact_events_;
  absl::flat_hash_map<FactEventKey, std::uint32_t> fact_event_index_;
  absl::flat_hash_map<LedgerKey, std::int64_t> ledger_;
  std::vector<RejectedBatch> rejected_batches_;
  std::int64_t event_count_ = 0;
};

}  // namespace playhead::aggregator
