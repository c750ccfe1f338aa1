#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/files.h"
#include "services/aggregator/event_source.h"
#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

struct ScannedFrame {
  Frame frame;  // its payload is valid until the next call of the scanner
  std::uint64_t position = 0;
  // Bytes before the frame that are not frames: damage.
  std::uint64_t skipped = 0;
  // Of kGroup only.
  std::optional<GroupStart> group = std::nullopt;
  // Offsets that are seen to be missing now, of any partition.
  std::vector<LogGap> gaps = {};
};

// Goes through the frames of one segment; over damage to the next whole frame. Used by one thread.
class SegmentScanner {
 public:
  // `file` must outlive the scanner.
  SegmentScanner(const File& file, const Segment& segment);

  // The next whole and plausible frame that ends at or before `limit`; nullopt: there is none.
  // Fails when the file cannot be read; calling again is safe.
  absl::StatusOr<std::optional<ScannedFrame>> Next(std::uint64_t limit);

  // Everything up to `limit` is done with, where the partitions' next offsets are those of `spans`:
  // what is missing.
  std::vector<LogGap> Finish(std::uint64_t limit, const std::vector<PartitionSpan>& spans);

  // From now on what cannot be read is damage.
  void TakeReadErrorsForDamage() { are_errors_damage_ = true; }

  // The end of the last frame.
  std::uint64_t position() const { return position_; }
  // By partition: the next offset.
  const std::vector<std::int64_t>& expected() const { return expected_; }

 private:
  absl::StatusOr<std::string_view> View(std::uint64_t position, std::size_t bytes,
                                        std::uint64_t limit);
  absl::Status FillWindow();
  absl::StatusOr<std::optional<ScannedFrame>> FrameAt(std::uint64_t position, std::uint64_t limit);
  bool IsPlausible(ScannedFrame& scanned) const;
  void Accept(ScannedFrame& scanned);
  void Expect(std::size_t partition, std::int64_t offset, std::vector<LogGap>& gaps);

  const File& file_;
  const std::uint64_t salt_;
  std::vector<std::int64_t> expected_;
  std::uint64_t position_ = kSegmentHeaderBytes;
  std::uint64_t window_position_ = 0;
  std::string window_;
  bool are_errors_damage_ = false;
};

}  // namespace playhead::aggregator
