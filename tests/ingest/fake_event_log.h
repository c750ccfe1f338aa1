#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/ingest/event_log.h"

namespace playhead::ingest {

// Keeps events in memory and acks at once, unless told otherwise.
class FakeEventLog final : public EventLog {
 public:
  ~FakeEventLog() override = default;

  void Append(std::vector<RoutedEvent> events, absl::Duration limit, AppendDone done) override {
    AppendResult result;
    {
      absl::MutexLock lock(&mutex_);
      last_limit_ = limit;
      if (is_holding_) {
        held_.emplace_back(std::move(events), std::move(done));
        return;
      }
      result = Take(std::move(events));
    }
    done(std::move(result));
  }

  void AwaitRoom(absl::AnyInvocable<void()> ready) override {
    {
      absl::MutexLock lock(&mutex_);
      ++room_asked_;
      if (is_full_) {
        room_waiters_.push_back(std::move(ready));
        return;
      }
    }
    ready();
  }

  void CountRejected(const RejectedKey& key) override {
    absl::MutexLock lock(&mutex_);
    ++rejected_[key];
  }

  absl::Status Drain(absl::Duration) override { return absl::OkStatus(); }

  // From now on appends fail.
  void GoAway() {
    absl::MutexLock lock(&mutex_);
    is_away_ = true;
  }
  void RefusePartner(std::int32_t partner) {
    absl::MutexLock lock(&mutex_);
    refused_partners_.insert(partner);
  }
  // From now on nothing is acked until Release.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    is_holding_ = true;
  }
  void WaitForHeld(std::size_t count) {
    const auto are_held = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return held_.size() >= count;
    };
    absl::MutexLock lock(&mutex_, absl::Condition(&are_held));
  }
  void Release() { ReleaseHeld(false); }
  // The last append is answered first.
  void ReleaseBackwards() { ReleaseHeld(true); }

  // From now on there is no room until MakeRoom.
  void Fill() {
    absl::MutexLock lock(&mutex_);
    is_full_ = true;
  }
  void WaitForRoomWaiters(std::size_t count) {
    const auto are_waiting = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return room_waiters_.size() >= count;
    };
    absl::MutexLock lock(&mutex_, absl::Condition(&are_waiting));
  }
  void MakeRoom() {
    std::vector<absl::AnyInvocable<void()>> ready;
    {
      absl::MutexLock lock(&mutex_);
      is_full_ = false;
      ready.swap(room_waiters_);
    }
    for (auto& call : ready) call();
  }
  std::size_t held() const {
    absl::MutexLock lock(&mutex_);
    return held_.size();
  }
  int room_asked() const {
    absl::MutexLock lock(&mutex_);
    return room_asked_;
  }

  std::vector<RoutedEvent> events() const {
    absl::MutexLock lock(&mutex_);
    return events_;
  }
  std::map<RejectedKey, int> rejected() const {
    absl::MutexLock lock(&mutex_);
    return rejected_;
  }
  // Without minute and partner.
  std::map<v1::RejectionReason, int> rejected_by_reason() const {
    std::map<v1::RejectionReason, int> counts;
    for (const auto& [key, count] : rejected()) counts[key.reason] += count;
    return counts;
  }
  absl::Duration last_limit() const {
    absl::MutexLock lock(&mutex_);
    return last_limit_;
  }

 private:
  void ReleaseHeld(bool backwards) {
    std::vector<std::pair<AppendDone, AppendResult>> ready;
    {
      absl::MutexLock lock(&mutex_);
      is_holding_ = false;
      for (auto& [events, done] : held_)
        ready.emplace_back(std::move(done), Take(std::move(events)));
      held_.clear();
    }
    if (backwards) std::reverse(ready.begin(), ready.end());
    for (auto& [done, result] : ready) done(std::move(result));
  }

  AppendResult Take(std::vector<RoutedEvent> events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (is_away_) return {absl::UnavailableError("the log is away"), {}};
    AppendResult result;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (refused_partners_.contains(events[i].event.partner)) {
        result.unknown_partners.push_back(static_cast<int>(i));
      } else {
        events_.push_back(std::move(events[i]));
      }
    }
    return result;
  }

  mutable absl::Mutex mutex_;
  bool is_away_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_holding_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_full_ ABSL_GUARDED_BY(mutex_) = false;
  int room_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<absl::AnyInvocable<void()>> room_waiters_ ABSL_GUARDED_BY(mutex_);
  std::set<std::int32_t> refused_partners_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<std::vector<RoutedEvent>, AppendDone>> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<RoutedEvent> events_ ABSL_GUARDED_BY(mutex_);
  std::map<RejectedKey, int> rejected_ ABSL_GUARDED_BY(mutex_);
  absl::Duration last_limit_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::ingest
