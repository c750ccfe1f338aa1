#include "services/ingest/user_agent_cache.h"

#include <algorithm>

#include "common/strings.h"

namespace playhead::ingest {

UserAgentCache::UserAgentCache(Parse parse, std::size_t capacity)
    : parse_(std::move(parse)), capacity_(std::max<std::size_t>(capacity, 1)) {}

std::shared_ptr<const UserAgent> UserAgentCache::Find(std::string_view text) {
  text = text.substr(0, kMaxUserAgentBytes);
  if (auto known = Recall(text)) return known;
  // Two threads may parse the same text at the same time; both are right.
  const auto agent = std::make_shared<const UserAgent>(parse_(text));
  Remember(text, agent);
  return agent;
}

std::size_t UserAgentCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::shared_ptr<const UserAgent> UserAgentCache::Recall(std::string_view text) {
  const std::lock_guard lock(mutex_);
  const auto found = by_text_.find(ToAbsl(text));
  if (found == by_text_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void UserAgentCache::Remember(std::string_view text,
                              const std::shared_ptr<const UserAgent>& agent) {
  const std::lock_guard lock(mutex_);
  if (by_text_.contains(ToAbsl(text))) return;
  if (entries_.size() >= capacity_) {
    by_text_.erase(entries_.back().first);
    entries_.pop_back();
  }
  entries_.emplace_front(text, agent);
  by_text_.emplace(entries_.front().first, entries_.begin());
}

}  // namespace playhead::ingest
