#include "services/ingest/batch_packer.h"

#include <utility>

#include "common/event_batch.h"

namespace playhead::ingest {
namespace {

constexpr std::size_t kMaxPackedBytes = std::size_t{1} << 20;

}  // namespace

std::size_t EstimateBytes(const Event& event) {
  std::size_t bytes = sizeof(Event);
  for (const std::string& text : event.dimensions) bytes += text.size();
  return bytes;
}

BatchPacker::BatchPacker(std::string producer, std::int32_t partition_count)
    : producer_(std::move(producer)),
      next_sequence_(static_cast<std::size_t>(partition_count), 1) {}

std::vector<PackedBatch> BatchPacker::Pack(std::vector<RoutedEvent> events,
                                           RejectedCounts rejected) {
  std::vector<std::vector<Event>> by_partition(next_sequence_.size());
  for (RoutedEvent& routed : events) {
    by_partition[routed.route % by_partition.size()].push_back(std::move(routed.event));
  }
  std::vector<PackedBatch> packed;
  for (std::size_t p = 0; p < by_partition.size(); ++p) {
    const std::vector<Event>& all = by_partition[p];
    std::size_t first = 0;
    while (first < all.size()) {
      std::size_t bytes = EstimateBytes(all[first]);
      std::size_t next = first + 1;
      while (next < all.size() && next - first < kMaxBatchEvents) {
        bytes += EstimateBytes(all[next]);
        if (bytes > kMaxPackedBytes) break;
        ++next;
      }
      packed.push_back(PackOne(static_cast<std::int32_t>(p),
                               std::span(all).subspan(first, next - first),
                               std::exchange(rejected, {})));
      first = next;
    }
  }
  if (!rejected.empty()) packed.push_back(PackOne(0, {}, std::move(rejected)));
  return packed;
}

PackedBatch BatchPacker::WithoutEvents(const PackedBatch& batch) const {
  return Finish(PackBatch({}), batch.partition, batch.sequence, batch.rejected);
}

PackedBatch BatchPacker::PackOne(std::int32_t partition, std::span<const Event> events,
                                 RejectedCounts rejected) {
  const std::uint64_t sequence = next_sequence_[static_cast<std::size_t>(partition)]++;
  return Finish(PackBatch(events), partition, sequence, std::move(rejected));
}

PackedBatch BatchPacker::Finish(v1::EventBatch batch, std::int32_t partition,
                                std::uint64_t sequence, RejectedCounts rejected) const {
  batch.set_producer(producer_);
  batch.set_sequence(sequence);
  for (const auto& [key, count] : rejected) {
    v1::RejectedCount& out = *batch.add_rejected();
    out.set_minute(key.minute);
    out.set_door(key.door);
    out.set_partner(key.partner);
    out.set_reason(static_cast<std::uint32_t>(key.reason));
    out.set_count(count);
  }
  return {.partition = partition,
          .sequence = sequence,
          .bytes = batch.SerializeAsString(),
          .rejected = std::move(rejected)};
}

}  // namespace playhead::ingest
