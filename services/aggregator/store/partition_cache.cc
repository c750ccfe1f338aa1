#include "services/aggregator/store/partition_cache.h"

#include <array>
#include <vector>

#include "common/status_macros.h"

namespace playhead::aggregator {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kMaxKnown = 10'000;

// In order of the array: creators take locks in the same order.
constexpr char kEnsureSql[] = R"sql(
  SELECT ensure_partition(wanted.parent, 'epoch'::timestamptz + wanted.day_ms * interval '1 ms')
  FROM unnest($1::text[], $2::bigint[]) AS wanted (parent, day_ms)
)sql";

}  // namespace

absl::Status PartitionCache::Ensure(postgres::Connection& connection,
                                    const std::set<Partition>& partitions) {
  ensured_.clear();
  std::vector<std::string> parents;
  std::vector<std::int64_t> days;
  for (const Partition& partition : partitions) {
    if (known_.contains(partition)) continue;
    ensured_.insert(partition);
    parents.push_back(partition.first);
    days.push_back(partition.second);
  }
  if (parents.empty()) return absl::OkStatus();
  const std::array<postgres::Param, 2> params = {postgres::ArrayOf(parents),
                                                 postgres::ArrayOf(days)};
  return connection.Run(kEnsureSql, params).status();
}

void PartitionCache::Committed() {
  if (known_.size() > kMaxKnown) known_.clear();
  known_.merge(ensured_);
  ensured_.clear();
}

bool PartitionCache::Clear() {
  const bool had_some = !known_.empty();
  known_.clear();
  ensured_.clear();
  return had_some;
}

std::int64_t StartOfDayMs(std::int64_t unix_ms) {
  const std::int64_t into_day = ((unix_ms % kDayMs) + kDayMs) % kDayMs;
  return unix_ms - into_day;
}

}  // namespace playhead::aggregator
