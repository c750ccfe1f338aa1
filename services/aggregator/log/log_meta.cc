#include "services/aggregator/log/log_meta.h"

#include <memory>
#include <string_view>

#include "common/status_macros.h"
#include "services/aggregator/log/crc32c.h"
#include "services/aggregator/log/little_endian.h"
#include "services/aggregator/log/segment_format.h"

namespace playhead::aggregator {
namespace {

constexpr std::string_view kMagic = "PHLOGM\x01\n";
constexpr std::size_t kBytes = 32;

std::string MetaPath(const std::string& directory) { return directory + "/log.meta"; }

std::string Encode(const LogMeta& meta) {
  std::string out(kMagic);
  PutLittleEndian(meta.uuid.high, out);
  PutLittleEndian(meta.uuid.low, out);
  PutLittleEndian(static_cast<std::uint32_t>(meta.partition_count), out);
  PutLittleEndian(Crc32c(0, out), out);
  return out;
}

std::optional<LogMeta> Decode(std::string_view bytes) {
  if (bytes.size() != kBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  LittleEndianReader in(bytes.substr(kMagic.size()));
  LogMeta meta;
  meta.uuid.high = in.Take<std::uint64_t>();
  meta.uuid.low = in.Take<std::uint64_t>();
  const auto partitions = in.Take<std::uint32_t>();
  if (in.Take<std::uint32_t>() != Crc32c(0, bytes.substr(0, kBytes - 4))) return std::nullopt;
  if (partitions < 1 || partitions > kMaxPartitions) return std::nullopt;
  meta.partition_count = static_cast<int>(partitions);
  return meta;
}

}  // namespace

absl::StatusOr<std::optional<LogMeta>> ReadLogMeta(Files& files, const std::string& directory) {
  const auto file = files.Open(MetaPath(directory));
  if (absl::IsNotFound(file.status())) return std::nullopt;
  RETURN_IF_ERROR(file.status());
  std::string bytes(kBytes + 1, '\0');
  ASSIGN_OR_RETURN(const std::size_t count, (*file)->Read(0, bytes));
  bytes.resize(count);
  return Decode(bytes);
}

absl::Status WriteLogMeta(Files& files, const std::string& directory, const LogMeta& meta) {
  const std::string draft = MetaPath(directory) + ".new";
  const absl::Status removed = files.Unlink(draft);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  ASSIGN_OR_RETURN(const std::unique_ptr<File> file, files.Create(draft));
  RETURN_IF_ERROR(file->Write(0, Encode(meta)));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(files.Rename(draft, MetaPath(directory)));
  return files.SyncDirectory(directory);
}

}  // namespace playhead::aggregator
