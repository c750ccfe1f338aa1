#include "services/aggregator/partition.h"

#include "common/hash.h"
#include "playhead/v1/player_event.pb.h"

namespace playhead::aggregator {
namespace {

// Hashes of the entries of one batch: each distinct text is hashed once.
class EntryHashes {
 public:
  explicit EntryHashes(const UnpackedBatch& batch)
      : batch_(batch), hashes_(batch.dictionary.size(), 0) {}

  std::uint64_t Get(const BatchEvent& event) {
    const std::uint32_t id = event.dimension(catalog::Dimension::kEntry);
    if (hashes_[id] == 0) hashes_[id] = Murmur3(batch_.dictionary[id]).low;
    return hashes_[id];
  }

 private:
  const UnpackedBatch& batch_;
  std::vector<std::uint64_t> hashes_;
};

PlaybackEvent ToPlaybackEvent(const BatchEvent& event, std::int64_t append_ms) {
  return {.index = event.event_index,
          .content = event.content,
          .is_view = event.event_type == v1::EVENT_TYPE_VIEW,
          .play_time_sum_ms = event.number(catalog::Number::kPlayTimeSumMs),
          .playback_speed_ppm = event.number(catalog::Number::kPlaybackSpeedPpm),
          .append_ms = append_ms};
}

}  // namespace

BatchDecision PartitionState::Decide(const UnpackedBatch& batch, std::int64_t append_ms) {
  BatchDecision decision;
  decision.is_resent = producers_.Occurs(batch.producer, batch.sequence, append_ms);
  decision.events.resize(batch.events.size());
  EntryHashes entries(batch);
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const BatchEvent& event = batch.events[i];
    EventDecision& decided = decision.events[i];
    // A re-sent batch's identities occur again, whatever becomes of the batch.
    decided.is_duplicate = identities_.Occurs(event.identity, append_ms);
    const bool has_entry = event.dimension(catalog::Dimension::kEntry) != 0;
    if (decision.is_resent || decided.is_duplicate || !has_entry) continue;
    decided.watched = sessionizer_.Take({.session = event.session, .entry = entries.Get(event)},
                                        ToPlaybackEvent(event, append_ms));
  }
  return decision;
}

}  // namespace playhead::aggregator
