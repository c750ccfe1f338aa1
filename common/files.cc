#include "common/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace playhead {
namespace {

absl::Status ErrnoStatus(const char* call, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(call, " ", path));
}

// Calls again when a signal interrupted it.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  absl::StatusOr<std::size_t> Read(std::uint64_t position, std::span<char> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t n = Retry([&] {
        return pread(fd_.get(), into.data() + done, into.size() - done,
                     static_cast<off_t>(position + done));
      });
      if (n < 0) return ErrnoStatus("pread", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  absl::Status Write(std::uint64_t position, std::string_view bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t n = Retry([&] {
        return pwrite(fd_.get(), bytes.data() + done, bytes.size() - done,
                      static_cast<off_t>(position + done));
      });
      if (n < 0) return ErrnoStatus("pwrite", path_);
      done += static_cast<std::size_t>(n);
    }
    return absl::OkStatus();
  }

  // Not called again when interrupted: what a failed fdatasync left is unknown.
  absl::Status Sync() override {
    return fdatasync(fd_.get()) == 0 ? absl::OkStatus() : ErrnoStatus("fdatasync", path_);
  }

  absl::Status Truncate(std::uint64_t size) override {
    const int result = Retry([&] { return ftruncate(fd_.get(), static_cast<off_t>(size)); });
    return result == 0 ? absl::OkStatus() : ErrnoStatus("ftruncate", path_);
  }

  absl::StatusOr<std::uint64_t> Size() const override {
    struct stat info {};
    if (fstat(fd_.get(), &info) != 0) return ErrnoStatus("fstat", path_);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  const Descriptor fd_;
  const std::string path_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(int fd) : fd_(fd) {}

 private:
  const Descriptor fd_;
};

class PosixFilesImpl final : public Files {
 public:
  absl::StatusOr<std::unique_ptr<File>> Create(const std::string& path) override {
    return OpenWith(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC);
  }

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path) override {
    return OpenWith(path, O_RDWR | O_CLOEXEC);
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    return rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus("rename", from);
  }

  absl::Status Unlink(const std::string& path) override {
    return unlink(path.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus("unlink", path);
  }

  absl::Status MakeDirectory(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!error) return absl::OkStatus();
    return absl::ErrnoToStatus(error.value(), absl::StrCat("mkdir ", path));
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const Descriptor fd(
        Retry([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (fd.get() < 0) return ErrnoStatus("open", path);
    return fsync(fd.get()) == 0 ? absl::OkStatus() : ErrnoStatus("fsync", path);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) const override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator it(directory, error);
    while (!error && it != std::filesystem::directory_iterator()) {
      std::error_code ignored;
      if (it->is_regular_file(ignored)) names.push_back(it->path().filename().string());
      it.increment(error);
    }
    if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("readdir ", directory));
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::StatusOr<std::uint64_t> FreeBytes(const std::string& directory) const override {
    struct statvfs info {};
    if (statvfs(directory.c_str(), &info) != 0) return ErrnoStatus("statvfs", directory);
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    const int fd = Retry([&] { return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640); });
    if (fd < 0) return ErrnoStatus("open", path);
    auto lock = std::make_unique<PosixFileLock>(fd);
    if (Retry([&] { return flock(fd, LOCK_EX | LOCK_NB); }) == 0) return lock;
    if (errno != EWOULDBLOCK) return ErrnoStatus("flock", path);
    return absl::FailedPreconditionError(absl::StrCat(path, " is held by another process"));
  }

 private:
  static absl::StatusOr<std::unique_ptr<File>> OpenWith(const std::string& path, int flags) {
    const int fd = Retry([&] { return open(path.c_str(), flags, 0640); });
    if (fd < 0) return ErrnoStatus("open", path);
    return std::make_unique<PosixFile>(fd, path);
  }
};

}  // namespace

Files& PosixFiles() {
  static PosixFilesImpl files;
  return files;
}

}  // namespace playhead
