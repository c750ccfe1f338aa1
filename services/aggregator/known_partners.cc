#include "services/aggregator/known_partners.h"

#include <utility>

#include "common/json_log.h"

namespace playhead::aggregator {
namespace {

constexpr absl::Duration kRetryInterval = absl::Seconds(1);

}  // namespace

KnownPartnersCache::KnownPartnersCache(postgres::Options options, absl::Duration interval)
    : reader_(std::move(options)), interval_(interval), thread_([this] { Loop(); }) {}

KnownPartnersCache::~KnownPartnersCache() {
  stop_.Notify();
  thread_.join();
}

std::optional<std::vector<std::int32_t>> KnownPartnersCache::Get() const {
  const absl::MutexLock lock(&mutex_);
  return partners_;
}

void KnownPartnersCache::Loop() {
  absl::Duration pause = absl::ZeroDuration();
  bool was_ok = true;
  while (!stop_.WaitForNotificationWithTimeout(pause)) {
    auto partners = reader_.Read();
    if (partners.ok()) {
      const absl::MutexLock lock(&mutex_);
      partners_ = std::move(*partners);
    } else if (was_ok) {
      Log(Severity::kWarning, "cannot read partners", {{"status", partners.status().ToString()}});
    }
    was_ok = partners.ok();
    pause = was_ok ? interval_ : kRetryInterval;
  }
}

}  // namespace playhead::aggregator
