#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// The seam for files. Every operation says in its Status what errno said: NotFound (ENOENT),
// AlreadyExists (EEXIST), ResourceExhausted (ENOSPC, EDQUOT), PermissionDenied, and Unknown for
// EIO. Interrupted calls are gone on with.
namespace playhead {

// An open file. Reads may run beside each other and beside writes; writes, Sync and Truncate are
// for one thread.
class File {
 public:
  virtual ~File() = default;

  // Fills `into` from `position` on; fewer bytes only at the end of the file.
  virtual absl::StatusOr<std::size_t> Read(std::uint64_t position, std::span<char> into) const = 0;
  // Writes all of `bytes`, or fails after a part of them.
  virtual absl::Status Write(std::uint64_t position, std::string_view bytes) = 0;
  // fdatasync: what was written, and the length, survive a power cut. After a failure nothing is
  // known of what was written since the last success, and calling again does not help.
  virtual absl::Status Sync() = 0;
  virtual absl::Status Truncate(std::uint64_t size) = 0;
  virtual absl::StatusOr<std::uint64_t> Size() const = 0;
};

// Held until destroyed, or until the process ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Safe to call from many threads.
class Files {
 public:
  virtual ~Files() = default;

  // For reading and writing. AlreadyExists.
  virtual absl::StatusOr<std::unique_ptr<File>> Create(const std::string& path) = 0;
  // For reading and writing. NotFound.
  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path) = 0;
  // Replaces `to`. Atomic, but durable only after SyncDirectory.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status Unlink(const std::string& path) = 0;
  // With its parents; OK when it exists.
  virtual absl::Status MakeDirectory(const std::string& path) = 0;
  // fsync of the directory: creations, renames and removals in it survive a power cut.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
  // Names of regular files, sorted.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& directory) const = 0;
  // Bytes that this process may still write.
  virtual absl::StatusOr<std::uint64_t> FreeBytes(const std::string& directory) const = 0;
  // Creates the file when needed. FailedPrecondition: another holder has it.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
};

// The files of the machine; lives forever.
Files& PosixFiles();

}  // namespace playhead
