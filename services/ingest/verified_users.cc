#include "services/ingest/verified_users.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/strings.h"

namespace playhead::ingest {

VerifiedUsers::VerifiedUsers(Secrets secrets, const KalturaSessionRules& rules,
                             std::size_t max_remembered)
    : secrets_(std::move(secrets)), rules_(rules), max_remembered_(max_remembered) {}

std::string VerifiedUsers::Find(std::int32_t partner, std::string_view session, absl::Time now) {
  if (session.empty() || session.size() > kMaxKalturaSessionBytes) return "";
  const std::shared_ptr<const PartnerSecrets> secrets = secrets_();
  const auto own = secrets->find(partner);
  if (own == secrets->end()) return "";
  std::string key = absl::StrCat(partner, "/", ToAbsl(session));
  {
    absl::MutexLock lock(&mutex_);
    if (verified_with_ != secrets) {
      by_key_.clear();
      entries_.clear();
      verified_with_ = secrets;
    }
    std::string user = Recall(key, now);
    if (!user.empty()) return user;
  }
  std::optional<KalturaSession> verified =
      VerifyKalturaSession(session, partner, own->second, now, rules_);
  if (!verified.has_value()) return "";
  std::string user = verified->user;
  absl::MutexLock lock(&mutex_);
  if (verified_with_ == secrets) Remember(std::move(key), *std::move(verified));
  return user;
}

std::size_t VerifiedUsers::remembered() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

std::string VerifiedUsers::Recall(const std::string& key, absl::Time now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return "";
  const Entries::iterator entry = found->second;
  if (entry->session.expiry <= now) {
    Forget(entry);
    return "";
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->session.user;
}

void VerifiedUsers::Remember(std::string key, KalturaSession session) {
  if (by_key_.contains(key)) return;
  entries_.push_front({.key = std::move(key), .session = std::move(session)});
  by_key_[entries_.front().key] = entries_.begin();
  if (entries_.size() > max_remembered_) Forget(std::prev(entries_.end()));
}

void VerifiedUsers::Forget(Entries::iterator entry) {
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace playhead::ingest
