#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "services/aggregator/epoch.h"

namespace playhead::aggregator {

// Partition and offset.
using RecordId = std::pair<int, std::int64_t>;

// Finds the record whose content the store refuses, by committing smaller and smaller epochs of the
// refused range. Not thread-safe.
class Isolation {
 public:
  enum class Treatment {
    kCount,
    kReject,  // becomes a RejectedBatch
    kIgnore,  // the store refuses even that
  };

  // The store refused an epoch of `records` records, the only one being `only` if it is one.
  void Refused(const Epoch& epoch, std::int64_t records, RecordId only, const std::string& why) {
    for (const EpochRange& range : epoch.ranges) {
      until_[range.partition] = std::max(until_[range.partition], range.next);
    }
    limit_ = std::max<std::int64_t>(1, records / 2);
    if (records > 1) return;
    const auto [it, is_new] = culprits_.try_emplace(only, why);
    if (!is_new) it->second.clear();
  }

  void Committed(const Epoch& epoch) {
    for (const EpochRange& range : epoch.ranges) {
      const auto until = until_.find(range.partition);
      if (until != until_.end() && range.next >= until->second) until_.erase(until);
      std::erase_if(culprits_, [&](const auto& culprit) {
        return culprit.first.first == range.partition && culprit.first.second < range.next;
      });
    }
    limit_ = until_.empty() ? 0 : limit_ * 2;
  }

  bool IsActive() const { return !until_.empty(); }
  // The most records of an epoch, while active.
  std::int64_t limit() const { return limit_; }

  Treatment Treat(const RecordId& record) const {
    const auto it = culprits_.find(record);
    if (it == culprits_.end()) return Treatment::kCount;
    return it->second.empty() ? Treatment::kIgnore : Treatment::kReject;
  }
  std::string Why(const RecordId& record) const {
    const auto it = culprits_.find(record);
    return it == culprits_.end() ? std::string() : it->second;
  }

 private:
  std::int64_t limit_ = 0;
  // What was refused ends here, by partition.
  std::map<int, std::int64_t> until_;
  // With what the store said; empty: it refused the RejectedBatch, too.
  std::map<RecordId, std::string> culprits_;
};

}  // namespace playhead::aggregator
