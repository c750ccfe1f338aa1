// The process under load of power_cut.py.
//
//   power_cut_load append <directory> <acks> <first id> [--no-sync]
//     appends batches that carry dense ids until it is killed; writes an id to the file `acks` as
//     soon as it is acked
//   power_cut_load read <directory>
//     prints the id of every batch in the log, and `gap <partition> <first> <next>` for every gap
//
// --no-sync is the negative control: fdatasync does nothing.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/aggregator/log/segment_log.h"

namespace playhead::aggregator {
namespace {

constexpr int kInFlight = 64;

class NoSyncFile final : public File {
 public:
  explicit NoSyncFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  absl::StatusOr<std::size_t> Read(std::uint64_t position, std::span<char> into) const override {
    return file_->Read(position, into);
  }
  absl::Status Write(std::uint64_t position, std::string_view bytes) override {
    return file_->Write(position, bytes);
  }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::Status Truncate(std::uint64_t size) override { return file_->Truncate(size); }
  absl::StatusOr<std::uint64_t> Size() const override { return file_->Size(); }

 private:
  const std::unique_ptr<File> file_;
};

class NoSyncFiles final : public Files {
 public:
  absl::StatusOr<std::unique_ptr<File>> Create(const std::string& path) override {
    return Wrap(PosixFiles().Create(path));
  }
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path) override {
    return Wrap(PosixFiles().Open(path));
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return PosixFiles().Rename(from, to);
  }
  absl::Status Unlink(const std::string& path) override { return PosixFiles().Unlink(path); }
  absl::Status MakeDirectory(const std::string& path) override {
    return PosixFiles().MakeDirectory(path);
  }
  absl::Status SyncDirectory(const std::string& path) override {
    return PosixFiles().SyncDirectory(path);
  }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) const override {
    return PosixFiles().List(directory);
  }
  absl::StatusOr<std::uint64_t> FreeBytes(const std::string& directory) const override {
    return PosixFiles().FreeBytes(directory);
  }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return PosixFiles().Lock(path);
  }

 private:
  static absl::StatusOr<std::unique_ptr<File>> Wrap(absl::StatusOr<std::unique_ptr<File>> file) {
    if (!file.ok()) return file.status();
    return std::make_unique<NoSyncFile>(*std::move(file));
  }
};

int Fail(const absl::Status& status) {
  std::cerr << status << "\n";
  return 1;
}

absl::StatusOr<std::unique_ptr<SegmentLog>> Open(const std::string& directory, Files& files) {
  return OpenSegmentLog(
      {.directory = directory, .partition_count = 4, .segment_bytes = 4 << 20, .min_free_bytes = 0},
      files, absl::Now);
}

int Append(const std::string& directory, const char* acks, std::int64_t id, Files& files) {
  const int fd = open(acks, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return Fail(absl::ErrnoToStatus(errno, acks));
  const auto log = Open(directory, files);
  if (!log.ok()) return Fail(log.status());
  std::counting_semaphore<kInFlight> free(kInFlight);
  for (;; ++id) {
    free.acquire();
    std::string payload = absl::StrCat(id, ":");
    payload.append(static_cast<std::size_t>(id * 7919 % 3000), 'x');
    (*log)->Append({{.partition = static_cast<int>(id % 4), .payload = std::move(payload)}},
                   [&free, fd, id](const absl::Status& status) {
                     const std::string line = absl::StrCat(id, "\n");
                     if (status.ok() && write(fd, line.data(), line.size()) < 0) std::abort();
                     free.release();
                   });
  }
}

int Read(const std::string& directory) {
  const auto log = Open(directory, PosixFiles());
  if (!log.ok()) return Fail(log.status());
  std::vector<PartitionOffset> from;
  for (int p = 0; p < (*log)->PartitionCount(); ++p) from.push_back({p, 0});
  const auto reader = (*log)->OpenReader(from);
  if (!reader.ok()) return Fail(reader.status());
  for (bool at_end = false; !at_end;) {
    const auto chunk = (*reader)->Read(1 << 20, absl::ZeroDuration());
    if (!chunk.ok()) return Fail(chunk.status());
    for (const LogRecord& record : chunk->records) {
      std::cout << record.payload.substr(0, record.payload.find(':')) << "\n";
    }
    for (const LogGap& gap : chunk->gaps) {
      std::cout << "gap " << gap.partition << " " << gap.first << " " << gap.next << "\n";
    }
    at_end = chunk->at_end;
  }
  return 0;
}

}  // namespace
}  // namespace playhead::aggregator

int main(int argc, char** argv) {
  using namespace playhead;  // NOLINT(google-build-using-namespace)
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "read" && argc == 3) return aggregator::Read(argv[2]);
  std::int64_t id = 0;
  if (verb != "append" || argc < 5 || !absl::SimpleAtoi(argv[4], &id)) {
    std::cerr
        << "usage: power_cut_load append DIRECTORY ACKS FIRST_ID [--no-sync] | read DIRECTORY\n";
    return 64;
  }
  aggregator::NoSyncFiles no_sync;
  const bool is_control = argc == 6 && std::string_view(argv[5]) == "--no-sync";
  Files& files = is_control ? static_cast<Files&>(no_sync) : PosixFiles();
  return aggregator::Append(argv[2], argv[3], id, files);
}
