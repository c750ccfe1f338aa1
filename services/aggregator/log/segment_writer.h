#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/files.h"
#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

// Writes at the end of one segment file. Used by one thread.
class SegmentWriter {
 public:
  // Creates the file; when it returns OK, header and directory entry are durable.
  static absl::StatusOr<std::unique_ptr<SegmentWriter>> Create(Files& files,
                                                               const std::string& directory,
                                                               const SegmentHeader& header);
  // Goes on behind `end`, which is durable.
  static absl::StatusOr<std::unique_ptr<SegmentWriter>> Resume(Files& files,
                                                               const std::string& path,
                                                               std::uint64_t end);

  // Writes and syncs. ResourceExhausted: there was no space; the segment is as before. Any other
  // error: the segment is poisoned at end(), and must not be written again.
  absl::Status Write(std::string_view frames);

  // Durable bytes.
  std::uint64_t end() const { return end_; }
  bool is_poisoned() const { return is_poisoned_; }

 private:
  SegmentWriter(std::unique_ptr<File> file, std::uint64_t end)
      : file_(std::move(file)), end_(end) {}

  const std::unique_ptr<File> file_;
  std::uint64_t end_ = 0;
  bool is_poisoned_ = false;
};

}  // namespace playhead::aggregator
