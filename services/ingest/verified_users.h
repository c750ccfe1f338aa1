#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/ingest/kaltura_session.h"
#include "services/ingest/partner_secrets.h"

namespace playhead::ingest {

// Who the Kaltura sessions of events belong to. Remembers those that verified, until they expire or
// the secrets change. Safe from any thread.
class VerifiedUsers {
 public:
  // Gives the same object as long as the secrets are the same.
  using Secrets = std::function<std::shared_ptr<const PartnerSecrets>()>;

  // `max_remembered`: above 0.
  VerifiedUsers(Secrets secrets, const KalturaSessionRules& rules,
                std::size_t max_remembered = 4096);

  // Empty: `session` does not verify as one of `partner`, or names nobody.
  std::string Find(std::int32_t partner, std::string_view session, absl::Time now);

  std::size_t remembered() const;

 private:
  struct Entry {
    std::string key;
    KalturaSession session;
  };
  using Entries = std::list<Entry>;

  std::string Recall(const std::string& key, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remember(std::string key, KalturaSession session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Secrets secrets_;
  const KalturaSessionRules rules_;
  const std::size_t max_remembered_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const PartnerSecrets> verified_with_ ABSL_GUARDED_BY(mutex_);
  Entries entries_ ABSL_GUARDED_BY(mutex_);  // the last used one first
  absl::flat_hash_map<std::string, Entries::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::ingest
