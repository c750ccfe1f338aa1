#include "services/aggregator/log/segment_writer.h"

#include <utility>

#include "common/status_macros.h"

namespace playhead::aggregator {
namespace {

absl::Status WriteHeader(Files& files, File& file, const std::string& directory,
                         const SegmentHeader& header) {
  RETURN_IF_ERROR(file.Write(0, EncodeSegmentHeader(header)));
  RETURN_IF_ERROR(file.Sync());
  return files.SyncDirectory(directory);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(Files& files,
                                                                     const std::string& directory,
                                                                     const SegmentHeader& header) {
  const std::string path = SegmentPath(directory, header.number);
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.Create(path));
  const absl::Status written = WriteHeader(files, *file, directory, header);
  if (!written.ok()) {
    // Left behind when this fails too: a start takes a segment that nothing follows from for empty.
    files.Unlink(path).IgnoreError();
    return written;
  }
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file), kSegmentHeaderBytes));
}

absl::StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Resume(Files& files,
                                                                     const std::string& path,
                                                                     std::uint64_t end) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, files.Open(path));
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file), end));
}

absl::Status SegmentWriter::Write(std::string_view frames) {
  absl::Status written = file_->Write(end_, frames);
  if (absl::IsResourceExhausted(written)) {
    is_poisoned_ = !file_->Truncate(end_).ok();
    return is_poisoned_ ? absl::DataLossError("a write that found no space cannot be undone")
                        : written;
  }
  if (written.ok()) written = file_->Sync();
  if (!written.ok()) {
    is_poisoned_ = true;
    // So that a start does not find what this process never acked; the next segment's header says
    // it in any case.
    file_->Truncate(end_).IgnoreError();
    return absl::DataLossError(written.message());
  }
  end_ += frames.size();
  return absl::OkStatus();
}

}  // namespace playhead::aggregator
