#include "services/aggregator/log/segment_scan.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/status_macros.h"
#include "services/aggregator/log/segment_scanner.h"

namespace playhead::aggregator {
namespace {

// The group that the last frames belong to, and what is missing in its middle. A group whose end is
// missing was torn, so never acked; one with frames behind the damage may have been.
class LastGroup {
 public:
  void Take(const ScannedFrame& scanned) {
    if (scanned.frame.type != FrameType::kBatch) {
      start_ = scanned.group;
      end_ = scanned.position + (scanned.group ? scanned.group->group_bytes : 0);
      damaged_bytes_ = 0;
      return;
    }
    if (scanned.skipped == 0) return;
    damaged_bytes_ += scanned.skipped;
    // A group began within the damage.
    if (scanned.position >= end_) start_.reset();
  }

  // Raises the next offsets over those that may be lost.
  void CoverDamage(std::vector<PartitionSpan>& spans) const {
    if (damaged_bytes_ == 0) return;
    const std::uint64_t own_bytes = FrameBytes(GroupStartBytes(static_cast<int>(spans.size())));
    const std::uint64_t batch_bytes = damaged_bytes_ - std::min(damaged_bytes_, own_bytes);
    for (std::size_t p = 0; p < spans.size(); ++p) {
      if (start_) {
        spans[p].next = std::max(spans[p].next, start_->start[p] + start_->count[p]);
      } else {
        spans[p].next += static_cast<std::int64_t>(batch_bytes / FrameBytes(0));
      }
    }
  }

 private:
  std::optional<GroupStart> start_;
  std::uint64_t end_ = 0;
  std::uint64_t damaged_bytes_ = 0;
};

absl::StatusOr<std::optional<SegmentScan>> ReadSeal(const File& file, const SegmentHeader& header,
                                                    std::uint64_t limit) {
  const int partitions = static_cast<int>(header.base.size());
  const std::size_t seal_bytes = FrameBytes(SealBytes(partitions));
  if (limit < kSegmentHeaderBytes + seal_bytes || limit % 8 != 0) return std::nullopt;
  std::string bytes(seal_bytes, '\0');
  ASSIGN_OR_RETURN(const std::size_t count, file.Read(limit - seal_bytes, bytes));
  if (count < seal_bytes || PeekFrameBytes(bytes, partitions) != seal_bytes) return std::nullopt;
  const auto frame = DecodeFrame(bytes, {.salt = header.salt, .position = limit - seal_bytes});
  if (!frame || frame->type != FrameType::kSeal) return std::nullopt;
  auto spans = DecodeSeal(frame->payload, partitions);
  if (!spans) return std::nullopt;
  SegmentScan scan{.segment = EmptySegment(header), .is_sealed = true};
  scan.segment.spans = *std::move(spans);
  scan.segment.last_ms = frame->append_time_ms;
  scan.segment.end = limit;
  return scan;
}

}  // namespace

absl::StatusOr<SegmentScan> ScanSegment(const File& file, const SegmentHeader& header,
                                        std::uint64_t limit) {
  ASSIGN_OR_RETURN(std::optional<SegmentScan> sealed, ReadSeal(file, header, limit));
  if (sealed) return *std::move(sealed);
  SegmentScan scan{.segment = EmptySegment(header)};
  Segment& segment = scan.segment;
  SegmentScanner scanner(file, segment);
  LastGroup group;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<ScannedFrame> scanned, scanner.Next(limit));
    if (!scanned) break;
    if (scanned->frame.type == FrameType::kBatch) Extend(segment, scanned->frame);
    segment.last_ms = std::max(segment.last_ms, scanned->frame.append_time_ms);
    scan.is_sealed = scanned->frame.type == FrameType::kSeal;
    if (scanned->frame.type == FrameType::kGroup) scan.last_group = scanned->position;
    group.Take(*scanned);
  }
  for (std::size_t p = 0; p < segment.spans.size(); ++p) {
    segment.spans[p].next = scanner.expected()[p];
  }
  group.CoverDamage(segment.spans);
  segment.end = scanner.position();
  return scan;
}

}  // namespace playhead::aggregator
