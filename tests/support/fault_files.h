#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/files.h"

namespace playhead {

// Files in memory on which every fault can be played. Writes are in a cache until Sync, names until
// SyncDirectory; what is not synced may survive a power cut whole, in part, sector by sector in any
// order, or not at all.
class FaultFiles final : public Files {
 public:
  explicit FaultFiles(std::uint64_t seed) : random_(seed) {}

  // --- faults ---

  // From now on every operation fails, and what is not synced is dropped and torn. Ends with
  // PowerOn.
  void PowerCut();
  // From now on every operation fails; the cache stays, as after kill -9. Ends with PowerOn.
  void Kill();
  void PowerOn();
  // Sync says OK and does nothing.
  void IgnoreSync() { ignores_sync_ = true; }
  // Called at the beginning of every Sync, by its thread. Set it before the first.
  void OnSync(std::function<void()> call) { on_sync_ = std::move(call); }
  // The `nth` operation from now on (1: the next) fails with this errno; with `for_good`, all after
  // it too.
  void FailAt(std::int64_t nth, int error, bool for_good = false);
  void Heal() { FailAt(0, 0); }
  // Whether the operation that FailAt named has come.
  bool HasFailed() const;
  // Bytes of all files together; beyond: ENOSPC.
  void SetCapacity(std::uint64_t bytes);

  // --- what is there ---

  using Contents = std::map<std::string, std::string>;
  Contents Snapshot() const;
  // Replaces everything; all of it is durable.
  void Restore(const Contents& contents);
  std::int64_t SyncCount() const;

  // --- Files ---

  absl::StatusOr<std::unique_ptr<File>> Create(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Unlink(const std::string& path) override;
  absl::Status MakeDirectory(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) const override;
  absl::StatusOr<std::uint64_t> FreeBytes(const std::string& directory) const override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

 private:
  struct Node {
    std::string bytes;                                       // as the cache has it
    std::string durable;                                     // as the disk has it
    std::vector<std::pair<std::size_t, std::size_t>> dirty;  // [begin, end) since the last Sync
    std::size_t least_size = std::string::npos;              // since the last Sync
  };
  using NodePtr = std::shared_ptr<Node>;
  class Handle;
  class Held;

  absl::Status Enter(const std::string& what) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteTo(Node& node, std::uint64_t position, std::string_view bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tear(Node& node) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Name(const std::string& path, NodePtr node) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::uint64_t UsedBytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::size_t Below(std::size_t bound) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, NodePtr> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, NodePtr> durable_names_ ABSL_GUARDED_BY(mutex_);
  // Changes of names since the last SyncDirectory; null: removed.
  std::vector<std::pair<std::string, NodePtr>> pending_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> locks_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t capacity_ ABSL_GUARDED_BY(mutex_) = std::uint64_t{1} << 40;
  bool is_off_ ABSL_GUARDED_BY(mutex_) = false;
  std::int64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;  // handles of earlier ones are dead
  mutable std::int64_t until_failure_ ABSL_GUARDED_BY(mutex_) = 0;
  int failure_ ABSL_GUARDED_BY(mutex_) = 0;
  bool fails_for_good_ ABSL_GUARDED_BY(mutex_) = false;
  mutable bool has_failed_ ABSL_GUARDED_BY(mutex_) = false;
  std::int64_t syncs_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ignores_sync_ = false;
  std::function<void()> on_sync_;
};

}  // namespace playhead
