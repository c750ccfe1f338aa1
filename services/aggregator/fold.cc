#include "services/aggregator/fold.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "playhead/v1/player_event.pb.h"

namespace playhead::aggregator {
namespace {

using catalog::Dimension;
using catalog::Measure;
using catalog::Number;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::uint32_t kNotInterned = ~std::uint32_t{0};
// Of a string beyond its text: two string objects and a hash map's slot.
constexpr std::size_t kBytesPerString = 2 * sizeof(std::string) + 16;
constexpr std::size_t kBytesPerIndexSlot = 8;

std::int64_t MinuteOf(std::int64_t time_ms) {
  return time_ms - ((time_ms % kMinuteMs) + kMinuteMs) % kMinuteMs;
}

void AddIfPresent(FactRow& fact, Measure sum, std::optional<Measure> count, std::int64_t value) {
  if (value < 0) return;
  fact.measure(sum) += value;
  if (count.has_value()) fact.measure(*count) += 1;
}

// Numbers count from the events that carry them by rule; the same number elsewhere is a repetition.
void AddNumbers(const BatchEvent& event, const EventDecision& decision, FactRow& fact) {
  if (event.event_type == v1::EVENT_TYPE_PLAY) {
    AddIfPresent(fact, Measure::kJoinTimeMs, Measure::kJoinCount,
                 event.number(Number::kJoinTimeMs));
  }
  if (event.event_type != v1::EVENT_TYPE_VIEW) return;
  ++fact.ten_seconds_views[static_cast<std::size_t>((event.event_time_ms - fact.minute_ms) /
                                                    catalog::kTenSecondsMs)];
  fact.measure(Measure::kPlayTimeMs) += decision.watched.credit_ms;
  AddIfPresent(fact, Measure::kBufferTimeMs, std::nullopt, event.number(Number::kBufferTimeMs));
  // 0: the player does not know.
  if (event.number(Number::kBitrateBps) > 0) {
    AddIfPresent(fact, Measure::kBitrateBps, Measure::kBitrateCount,
                 event.number(Number::kBitrateBps));
  }
}

}  // namespace

std::size_t OpenEpoch::FactHash::operator()(std::uint32_t index) const {
  const FactRow& row = (*facts)[index];
  return absl::HashOf(row.partner, row.minute_ms, row.session.high, row.session.low, row.viewer,
                      row.known_user, row.dimensions);
}

bool OpenEpoch::FactEqual::operator()(std::uint32_t a, std::uint32_t b) const {
  const FactRow& left = (*facts)[a];
  const FactRow& right = (*facts)[b];
  return left.partner == right.partner && left.minute_ms == right.minute_ms &&
         left.session == right.session && left.viewer == right.viewer &&
         left.known_user == right.known_user && left.dimensions == right.dimensions;
}

OpenEpoch::OpenEpoch() : strings_(1), fact_index_(0, FactHash{&facts_}, FactEqual{&facts_}) {
  string_ids_.emplace("", 0);
}

void OpenEpoch::Fold(const UnpackedBatch& batch, const BatchDecision& decision) {
  if (decision.is_resent) return;
  std::vector<std::uint32_t> ids(batch.dictionary.size(), kNotInterned);
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const BatchEvent& event = batch.events[i];
    const EventDecision& decided = decision.events[i];
    const std::int64_t received = MinuteOf(event.receive_time_ms);
    const Outcome outcome = decided.is_duplicate ? Outcome::kDuplicate : Outcome::kAccepted;
    ++ledger_[{received, event.door, event.partner, outcome, 0}];
    ++event_count_;
    if (decided.is_duplicate) continue;
    if (decided.watched.implausible_ms > 0) {
      ledger_[{received, event.door, event.partner, Outcome::kImplausiblePlayTimeMs, 0}] +=
          decided.watched.implausible_ms;
    }
    FoldEvent(event, decided, ids, batch.dictionary);
  }
  for (const v1::RejectedCount& rejected : batch.rejected) {
    ledger_[{rejected.minute() * kMinuteMs, static_cast<std::uint8_t>(rejected.door()),
             rejected.partner(), Outcome::kRejected, static_cast<int>(rejected.reason())}] +=
        static_cast<std::int64_t>(rejected.count());
  }
}

void OpenEpoch::FoldEvent(const BatchEvent& event, const EventDecision& decision,
                          std::vector<std::uint32_t>& ids,
                          const std::vector<std::string>& dictionary) {
  const auto intern = [&](std::uint32_t index) {
    if (ids[index] == kNotInterned) ids[index] = Intern(dictionary[index]);
    return ids[index];
  };
  FactRow key;
  key.partner = event.partner;
  key.minute_ms = MinuteOf(event.event_time_ms);
  key.session = event.session;
  key.viewer = event.viewer;
  key.known_user = event.known_user;
  for (std::size_t d = 0; d < key.dimensions.size(); ++d) {
    key.dimensions[d] = intern(event.dimensions[d]);
  }
  const std::uint32_t index = FindOrAddFact(key);
  FactRow& fact = facts_[index];
  const std::optional<Measure> measure = catalog::MeasureOfEventType(event.event_type);
  if (measure.has_value()) ++fact.measure(*measure);
  AddNumbers(event, decision, fact);

  const std::uint32_t error_code = intern(event.dimension(Dimension::kErrorCode));
  if (measure.has_value() && error_code == 0) return;
  const auto [it, is_new] =
      fact_event_index_.try_emplace(FactEventKey{index, event.event_type, error_code},
                                    static_cast<std::uint32_t>(fact_events_.size()));
  if (is_new) {
    fact_events_.push_back(
        {.fact = index, .event_type = event.event_type, .error_code = error_code, .count = 0});
  }
  ++fact_events_[it->second].count;
}

std::uint32_t OpenEpoch::FindOrAddFact(const FactRow& key) {
  facts_.push_back(key);
  const auto [it, is_new] = fact_index_.insert(static_cast<std::uint32_t>(facts_.size() - 1));
  if (!is_new) facts_.pop_back();
  return *it;
}

std::uint32_t OpenEpoch::Intern(const std::string& text) {
  const auto [it, is_new] =
      string_ids_.try_emplace(text, static_cast<std::uint32_t>(strings_.size()));
  if (is_new) {
    strings_.push_back(text);
    string_bytes_ += 2 * text.size() + kBytesPerString;
  }
  return it->second;
}

void OpenEpoch::AddRejectedBatch(RejectedBatch rejected) {
  rejected_batches_.push_back(std::move(rejected));
}

std::size_t OpenEpoch::MemoryBytes() const {
  return facts_.capacity() * sizeof(FactRow) + fact_index_.capacity() * kBytesPerIndexSlot +
         fact_events_.capacity() * sizeof(FactEventRow) +
         fact_event_index_.capacity() * (sizeof(FactEventKey) + kBytesPerIndexSlot) +
         ledger_.capacity() * (sizeof(LedgerKey) + sizeof(std::int64_t)) + string_bytes_ +
         rejected_batches_.capacity() * sizeof(RejectedBatch);
}

Epoch OpenEpoch::Freeze() {
  Epoch epoch;
  for (const auto& [key, count] : ledger_) {
    const auto& [minute_ms, door, partner, outcome, reason] = key;
    epoch.ledger.push_back({.minute_ms = minute_ms,
                            .door = door,
                            .partner = partner,
                            .outcome = outcome,
                            .reason = reason,
                            .count = count});
  }
  // In order, so that an epoch is a function of its records.
  std::sort(epoch.ledger.begin(), epoch.ledger.end(), [](const LedgerRow& a, const LedgerRow& b) {
    return std::tie(a.minute_ms, a.door, a.partner, a.outcome, a.reason) <
           std::tie(b.minute_ms, b.door, b.partner, b.outcome, b.reason);
  });
  epoch.strings = std::move(strings_);
  fact_index_.clear();
  epoch.facts = std::move(facts_);
  epoch.fact_events = std::move(fact_events_);
  epoch.rejected_batches = std::move(rejected_batches_);
  return epoch;
}

}  // namespace playhead::aggregator
