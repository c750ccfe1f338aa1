#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "playhead/v1/event_batch.pb.h"
#include "services/ingest/event_log.h"

namespace playhead::ingest {

// Refused events by key.
using RejectedCounts = std::map<RejectedKey, std::uint64_t>;

// A batch in the bytes that are sent, however often.
struct PackedBatch {
  std::int32_t partition = 0;
  std::uint64_t sequence = 0;
  std::string bytes;  // a serialized EventBatch
  RejectedCounts rejected;
};

// An estimate of an event's size in memory and in a batch.
std::size_t EstimateBytes(const Event& event);

// Makes batches of one producer: numbers those of each partition from 1, without gaps. One thread
// at a time.
class BatchPacker {
 public:
  // `producer`: 16 bytes. `partition_count`: above 0.
  BatchPacker(std::string producer, std::int32_t partition_count);

  // Packs events by partition, in their order, into batches of at most 1,000 events and about 1
  // MiB. `rejected` rides in the first one; without events it gets a batch of its own, in partition
  // 0.
  std::vector<PackedBatch> Pack(std::vector<RoutedEvent> events, RejectedCounts rejected);

  // The same batch without its events: what takes its place when they were given up.
  PackedBatch WithoutEvents(const PackedBatch& batch) const;

 private:
  PackedBatch PackOne(std::int32_t partition, std::span<const Event> events,
                      RejectedCounts rejected);
  PackedBatch Finish(v1::EventBatch batch, std::int32_t partition, std::uint64_t sequence,
                     RejectedCounts rejected) const;

  const std::string producer_;
  std::vector<std::uint64_t> next_sequence_;  // by partition
};

}  // namespace playhead::ingest
