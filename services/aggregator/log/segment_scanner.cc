#include "services/aggregator/log/segment_scanner.h"

#include <algorithm>
#include <span>
#include <utility>

#include "common/status_macros.h"

namespace playhead::aggregator {
namespace {

constexpr std::size_t kWindowBytes = 1 << 20;
constexpr std::size_t kSectorBytes = 4096;

}  // namespace

SegmentScanner::SegmentScanner(const File& file, const Segment& segment)
    : file_(file), salt_(segment.salt), expected_(segment.base) {}

absl::StatusOr<std::optional<ScannedFrame>> SegmentScanner::Next(std::uint64_t limit) {
  for (std::uint64_t at = position_; at + kFrameHeaderBytes <= limit; at += 8) {
    ASSIGN_OR_RETURN(std::optional<ScannedFrame> scanned, FrameAt(at, limit));
    if (!scanned) continue;
    Accept(*scanned);
    return scanned;
  }
  return std::nullopt;
}

std::vector<LogGap> SegmentScanner::Finish(std::uint64_t limit,
                                           const std::vector<PartitionSpan>& spans) {
  std::vector<LogGap> gaps;
  for (std::size_t p = 0; p < expected_.size(); ++p) Expect(p, spans[p].next, gaps);
  position_ = limit;
  return gaps;
}

// As many of the bytes as lie before the limit and the end of the file.
absl::StatusOr<std::string_view> SegmentScanner::View(std::uint64_t position, std::size_t bytes,
                                                      std::uint64_t limit) {
  const std::uint64_t end = std::min(limit, position + bytes);
  if (position < window_position_ || end > window_position_ + window_.size()) {
    const std::uint64_t wanted = std::max<std::uint64_t>(bytes, kWindowBytes);
    window_.resize(static_cast<std::size_t>(std::min(wanted, limit - position)));
    window_position_ = position;
    RETURN_IF_ERROR(FillWindow());
  }
  return std::string_view(window_).substr(position - window_position_,
                                          static_cast<std::size_t>(end - position));
}

absl::Status SegmentScanner::FillWindow() {
  const auto count = file_.Read(window_position_, window_);
  if (count.ok() || !are_errors_damage_) {
    window_.resize(count.ok() ? *count : 0);
    return count.status();
  }
  for (std::size_t at = 0; at < window_.size(); at += kSectorBytes) {
    const std::span<char> piece =
        std::span(window_).subspan(at, std::min(kSectorBytes, window_.size() - at));
    if (!file_.Read(window_position_ + at, piece).ok()) std::ranges::fill(piece, '\0');
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ScannedFrame>> SegmentScanner::FrameAt(std::uint64_t position,
                                                                    std::uint64_t limit) {
  ASSIGN_OR_RETURN(const std::string_view header, View(position, kFrameHeaderBytes, limit));
  if (header.size() < kFrameHeaderBytes) return std::nullopt;
  const auto bytes = PeekFrameBytes(header, static_cast<int>(expected_.size()));
  if (!bytes || *bytes > limit - position) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string_view whole, View(position, *bytes, limit));
  if (whole.size() < *bytes) return std::nullopt;
  const auto frame = DecodeFrame(whole, {.salt = salt_, .position = position});
  if (!frame) return std::nullopt;
  ScannedFrame scanned{.frame = *frame, .position = position, .skipped = position - position_};
  if (!IsPlausible(scanned)) return std::nullopt;
  return scanned;
}

// Offsets do not go back, and payloads of the log's own frames are whole.
bool SegmentScanner::IsPlausible(ScannedFrame& scanned) const {
  const int partitions = static_cast<int>(expected_.size());
  switch (scanned.frame.type) {
    case FrameType::kBatch:
      return scanned.frame.offset >= expected_[static_cast<std::size_t>(scanned.frame.partition)];
    case FrameType::kGroup:
      scanned.group = DecodeGroupStart(scanned.frame.payload, partitions);
      return scanned.group.has_value() &&
             std::equal(
                 expected_.begin(), expected_.end(), scanned.group->start.begin(),
                 [](std::int64_t expected, std::int64_t start) { return start >= expected; });
    case FrameType::kSeal:
      return DecodeSeal(scanned.frame.payload, partitions).has_value();
  }
  return false;
}

void SegmentScanner::Accept(ScannedFrame& scanned) {
  const Frame& frame = scanned.frame;
  if (frame.type == FrameType::kBatch) {
    const auto p = static_cast<std::size_t>(frame.partition);
    Expect(p, frame.offset, scanned.gaps);
    expected_[p] = frame.offset + 1;
  } else if (scanned.group) {
    for (std::size_t p = 0; p < expected_.size(); ++p) {
      Expect(p, scanned.group->start[p], scanned.gaps);
    }
  }
  position_ = scanned.position + FrameBytes(frame.payload.size());
}

void SegmentScanner::Expect(std::size_t partition, std::int64_t offset, std::vector<LogGap>& gaps) {
  if (offset <= expected_[partition]) return;
  gaps.push_back({static_cast<int>(partition), expected_[partition], offset});
  expected_[partition] = offset;
}

}  // namespace playhead::aggregator
