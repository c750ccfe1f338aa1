#include "services/aggregator/dedupe.h"

#include <algorithm>

namespace playhead::aggregator {
namespace {

constexpr std::size_t kMaxProducers = 4096;
// Of a hash map's slot and control byte at the usual load.
constexpr std::size_t kBytesPerIdentity = 32;

}  // namespace

bool IdentityWindow::Occurs(const Id128& identity, std::int64_t append_ms) {
  if (identity.IsZero()) return false;
  Prune(append_ms);
  const auto [it, is_new] = last_seen_ms_.try_emplace(identity, append_ms);
  if (!is_new && it->second == append_ms) return true;
  it->second = append_ms;
  sightings_.push_back({.identity = identity, .append_ms = append_ms});
  while (sightings_.size() > max_sightings_) forgotten_ += PopOldest() ? 1 : 0;
  return !is_new;
}

void IdentityWindow::Prune(std::int64_t append_ms) {
  while (!sightings_.empty() && sightings_.front().append_ms < append_ms - window_ms_) PopOldest();
}

bool IdentityWindow::PopOldest() {
  const Sighting oldest = sightings_.front();
  sightings_.pop_front();
  const auto it = last_seen_ms_.find(oldest.identity);
  if (it == last_seen_ms_.end() || it->second != oldest.append_ms) return false;
  last_seen_ms_.erase(it);
  return true;
}

std::size_t IdentityWindow::MemoryBytes() const {
  return sightings_.size() * sizeof(Sighting) + last_seen_ms_.capacity() * kBytesPerIdentity;
}

bool ProducerWindow::Occurs(const Id128& producer, std::uint64_t sequence, std::int64_t append_ms) {
  Prune(append_ms);
  std::deque<Sighting>& seen = producers_[producer];
  while (!seen.empty() && seen.front().append_ms < append_ms - window_ms_) seen.pop_front();
  const bool is_full = seen.size() > kMaxSightings;
  bool occurs = is_full && sequence <= seen.front().sequence;
  for (const Sighting& sighting : seen) occurs = occurs || sighting.sequence == sequence;
  if (is_full) seen.pop_front();
  seen.push_back({.sequence = sequence, .append_ms = append_ms});
  return occurs;
}

void ProducerWindow::Prune(std::int64_t append_ms) {
  const bool is_due = append_ms - pruned_ms_ > window_ms_ || producers_.size() >= kMaxProducers;
  if (!is_due) return;
  pruned_ms_ = append_ms;
  absl::erase_if(producers_, [&](const auto& entry) {
    return entry.second.empty() || entry.second.back().append_ms < append_ms - window_ms_;
  });
  if (producers_.size() < kMaxProducers) return;
  const auto oldest =
      std::min_element(producers_.begin(), producers_.end(), [](const auto& a, const auto& b) {
        return a.second.back().append_ms < b.second.back().append_ms;
      });
  producers_.erase(oldest);
}

}  // namespace playhead::aggregator
