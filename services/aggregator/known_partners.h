#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/aggregator/store/partners_reader.h"

namespace playhead::aggregator {

// Keeps the list of configured partners fresh in a thread of its own: every `interval`, and every
// second while it could not be read yet. An error keeps the last list and is logged.
class KnownPartnersCache {
 public:
  KnownPartnersCache(postgres::Options options, absl::Duration interval);
  ~KnownPartnersCache();

  // nullopt: not read yet. Safe to call from many threads.
  std::optional<std::vector<std::int32_t>> Get() const;

 private:
  void Loop();

  PartnersReader reader_;
  const absl::Duration interval_;
  mutable absl::Mutex mutex_;
  std::optional<std::vector<std::int32_t>> partners_ ABSL_GUARDED_BY(mutex_);
  absl::Notification stop_;
  std::thread thread_;
};

}  // namespace playhead::aggregator
