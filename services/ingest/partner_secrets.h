#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/clock.h"

namespace playhead::ingest {

// Secrets by partner: those that its Kaltura sessions may be made with.
using PartnerSecrets = absl::flat_hash_map<std::int32_t, std::vector<std::string>>;

// Lines of `partner secret`; several for a partner add up, at most 16; empty lines and those that
// begin with # say nothing. InvalidArgument names the line, and nothing that stands in it.
absl::StatusOr<PartnerSecrets> ParsePartnerSecrets(std::string_view text);

// A file of them, which may be replaced at any time. Safe from any thread.
class PartnerSecretsFile {
 public:
  // NotFound, or InvalidArgument: not readable, open to others, too large, or a line is wrong.
  static absl::StatusOr<std::unique_ptr<PartnerSecretsFile>> Open(std::string path, Clock clock);

  // What the file says. A replaced file is seen within ten seconds; one that is wrong or gone is
  // logged, and the last good one stays.
  std::shared_ptr<const PartnerSecrets> Current();

 private:
  // Tells a file from the one that replaced it.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  PartnerSecretsFile(std::string path, Clock clock)
      : path_(std::move(path)), clock_(std::move(clock)) {}
  std::optional<Stamp> ReadStamp() const;
  absl::StatusOr<PartnerSecrets> Read() const;
  void Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const Clock clock_;

  absl::Mutex mutex_;
  absl::Time next_look_ ABSL_GUARDED_BY(mutex_);
  std::optional<Stamp> stamp_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const PartnerSecrets> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::ingest
