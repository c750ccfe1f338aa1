#include "services/aggregator/log/torn_tail.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "common/status_macros.h"

namespace playhead::aggregator {
namespace {

constexpr std::size_t kMaxKeptBytes = 1 << 20;
constexpr std::size_t kMaxKeptFiles = 4;
constexpr char kSuffix[] = ".torn";

absl::Status RemoveOldest(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(directory));
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kSuffix); });
  for (std::size_t i = 0; i + kMaxKeptFiles <= names.size(); ++i) {
    RETURN_IF_ERROR(files.Unlink(directory + "/" + names[i]));
  }
  return absl::OkStatus();
}

absl::Status KeepAside(Files& files, const std::string& directory, const File& segment,
                       const TornTail& tail) {
  RETURN_IF_ERROR(RemoveOldest(files, directory));
  ASSIGN_OR_RETURN(const std::uint64_t size, segment.Size());
  std::string bytes(std::min<std::size_t>(size - tail.end, kMaxKeptBytes), '\0');
  ASSIGN_OR_RETURN(const std::size_t count, segment.Read(tail.end, bytes));
  bytes.resize(count);
  const std::string path =
      absl::StrFormat("%s/%020d-%012d%s", directory, tail.number, tail.end, kSuffix);
  const absl::Status removed = files.Unlink(path);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  ASSIGN_OR_RETURN(const std::unique_ptr<File> aside, files.Create(path));
  return aside->Write(0, bytes);
}

// After a failed fdatasync the kernel may show bytes that are not on the disk and not on their way
// there. Written again, they are.
absl::Status WriteAgain(File& segment, std::uint64_t begin, std::uint64_t end) {
  std::string bytes;
  for (std::uint64_t at = begin; at < end; at += bytes.size()) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kMaxKeptBytes, end - at)));
    ASSIGN_OR_RETURN(const std::size_t count, segment.Read(at, bytes));
    if (count < bytes.size()) return absl::DataLossError("the segment became shorter");
    RETURN_IF_ERROR(segment.Write(at, bytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::int64_t> CutTornTail(Files& files, const std::string& directory, File& segment,
                                         const TornTail& tail) {
  ASSIGN_OR_RETURN(const std::uint64_t size, segment.Size());
  if (size > tail.end) {
    // For people to look at; a full disk must not stop the start.
    KeepAside(files, directory, segment, tail).IgnoreError();
    RETURN_IF_ERROR(segment.Truncate(tail.end));
  }
  if (tail.last_group == 0) {
    RETURN_IF_ERROR(segment.Write(0, tail.header));
  } else {
    RETURN_IF_ERROR(WriteAgain(segment, tail.last_group, tail.end));
  }
  RETURN_IF_ERROR(segment.Sync());
  return static_cast<std::int64_t>(size - std::min(size, tail.end));
}

}  // namespace playhead::aggregator
