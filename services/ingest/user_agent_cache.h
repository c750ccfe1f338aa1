#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "services/ingest/user_agent.h"

namespace playhead::ingest {

// Remembers what the most recently used user agents say. Safe from any thread.
class UserAgentCache {
 public:
  using Parse = absl::AnyInvocable<UserAgent(std::string_view text) const>;

  // `parse` is safe from any thread, and reads at most kMaxUserAgentBytes of a text. Holds at most
  // `capacity` texts, at least one.
  UserAgentCache(Parse parse, std::size_t capacity);

  std::shared_ptr<const UserAgent> Find(std::string_view text);

  std::size_t size() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const UserAgent>>;
  using Entries = std::list<Entry>;

  std::shared_ptr<const UserAgent> Recall(std::string_view text);
  void Remember(std::string_view text, const std::shared_ptr<const UserAgent>& agent);

  const Parse parse_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;  // the most recently used first
  absl::flat_hash_map<absl::string_view, Entries::iterator> by_text_;  // of texts in entries_
};

}  // namespace playhead::ingest
