#include "services/aggregator/segment_log_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "services/aggregator/segment_scanner.h"

namespace playhead::aggregator {
namespace {

// Read returns after that many bytes of other partitions' frames, so that it keeps to its time.
constexpr std::uint64_t kMaxScanBytes = 32 << 20;
// So many failed reads one after another are damage, not an accident.
constexpr int kMaxReadFailures = 3;

class SegmentLogReader final : public LogReader {
 public:
  SegmentLogReader(SegmentFiles files, std::shared_ptr<SegmentLogView> view,
                   const std::vector<PartitionOffset>& from)
      : files_(std::move(files)), view_(std::move(view)) {
    for (const PartitionOffset& f : from) wanted_[f.partition] = f.offset;
  }

  absl::StatusOr<LogChunk> Read(std::size_t max_bytes, absl::Duration wait) override {
    const absl::Time deadline = absl::Now() + wait;
    LogChunk chunk;
    while (true) {
      const absl::Status advanced = Advance(max_bytes, chunk);
      const bool is_empty = chunk.records.empty() && chunk.gaps.empty();
      if (!advanced.ok() && is_empty) return advanced;
      const std::optional<std::int64_t> through = view_->ThroughAtEnd(place_);
      chunk.at_end = through.has_value();
      through_ms_ = std::max(through_ms_, through.value_or(last_ms_ - 1));
      chunk.through_ms = through_ms_;
      if (!is_empty || absl::Now() >= deadline) return chunk;
      view_->WaitBeyond(place_, deadline);
    }
  }

 private:
  // What one Read may still do.
  struct Budget {
    std::size_t payload_bytes = 0;
    std::uint64_t scan_bytes = kMaxScanBytes;
    bool IsSpent() const { return payload_bytes == 0 || scan_bytes == 0; }
  };

  // Reads until the chunk is full, enough was scanned, or the log ends.
  absl::Status Advance(std::size_t max_bytes, LogChunk& chunk) {
    Budget budget{.payload_bytes = std::max<std::size_t>(max_bytes, 1)};
    while (!budget.IsSpent()) {
      ASSIGN_OR_RETURN(const std::optional<SegmentLogView::Snapshot> now, Current(chunk));
      if (!now) break;
      RETURN_IF_ERROR(ReadFrames(now->segment.end, budget, chunk));
      if (budget.IsSpent()) break;
      FinishSegment(now->segment, chunk);
      if (now->is_last) break;
      is_inside_ = false;
    }
    return absl::OkStatus();
  }

  // Until the limit, or until the budget is spent.
  absl::Status ReadFrames(std::uint64_t limit, Budget& budget, LogChunk& chunk) {
    while (!budget.IsSpent()) {
      ASSIGN_OR_RETURN(const std::optional<ScannedFrame> scanned, NextFrame(limit));
      if (!scanned) break;
      const std::size_t payload_bytes = Take(*scanned, chunk);
      const std::uint64_t scan_bytes = scanner_->position() - place_.position;
      budget.payload_bytes -= std::min(budget.payload_bytes, payload_bytes);
      budget.scan_bytes -= std::min(budget.scan_bytes, scan_bytes);
      place_.position = scanner_->position();
    }
    return absl::OkStatus();
  }

  // The segment to read on in; nullopt: there is none yet.
  absl::StatusOr<std::optional<SegmentLogView::Snapshot>> Current(LogChunk& chunk) {
    while (true) {
      if (is_inside_) {
        auto now = view_->Find(place_.number);
        if (now.ok()) return *std::move(now);
        is_inside_ = false;  // retired
      }
      const std::optional<std::uint64_t> number = NextNumber();
      if (!number) return std::nullopt;
      RETURN_IF_ERROR(Enter(*number, chunk));
    }
  }

  std::optional<std::uint64_t> NextNumber() const {
    if (place_.number != 0) return view_->After(place_.number);
    std::vector<PartitionOffset> from;
    for (const auto& [partition, offset] : wanted_) from.push_back({partition, offset});
    return view_->SegmentOf(from);
  }

  absl::Status Enter(std::uint64_t number, LogChunk& chunk) {
    RETURN_IF_ERROR(CheckKept());
    const auto entered = view_->Find(number);
    if (!entered.ok()) return absl::OkStatus();  // retired meanwhile: the caller asks for the next
    const Segment& segment = entered->segment;
    scanner_.reset();
    if (segment.is_readable) {
      auto file = files_.files.Open(SegmentPath(files_.directory, number));
      if (absl::IsNotFound(file.status())) return absl::UnavailableError("a segment file is gone");
      RETURN_IF_ERROR(file.status());
      file_ = *std::move(file);
      scanner_.emplace(*file_, segment);
    }
    for (const auto& [partition, offset] : wanted_) {
      TakeGap(partition, segment.base[static_cast<std::size_t>(partition)], chunk);
    }
    place_ = {.number = number, .position = kSegmentHeaderBytes};
    read_failures_ = 0;
    is_inside_ = true;
    return absl::OkStatus();
  }

  absl::Status CheckKept() const {
    for (const auto& [partition, offset] : wanted_) {
      const EventSource::Bounds bounds = view_->GetBounds(static_cast<std::size_t>(partition));
      if (offset >= bounds.first) continue;
      return absl::OutOfRangeError(absl::StrCat("offset ", offset, " of partition ", partition,
                                                " is no longer in the log; the first is ",
                                                bounds.first));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<ScannedFrame>> NextFrame(std::uint64_t limit) {
    if (!scanner_) return std::nullopt;
    auto scanned = scanner_->Next(limit);
    if (scanned.ok()) {
      read_failures_ = 0;
      return scanned;
    }
    if (++read_failures_ >= kMaxReadFailures) scanner_->TakeReadErrorsForDamage();
    return absl::UnavailableError(scanned.status().message());
  }

  // Returns the bytes of payload that were taken.
  std::size_t Take(const ScannedFrame& scanned, LogChunk& chunk) {
    const Frame& frame = scanned.frame;
    last_ms_ = frame.append_time_ms;
    for (const LogGap& gap : scanned.gaps) TakeGap(gap.partition, gap.next, chunk);
    if (frame.type != FrameType::kBatch) return 0;
    const auto wanted = wanted_.find(frame.partition);
    if (wanted == wanted_.end() || frame.offset < wanted->second) return 0;
    wanted->second = frame.offset + 1;
    chunk.records.push_back({.partition = frame.partition,
                             .offset = frame.offset,
                             .append_time_ms = frame.append_time_ms,
                             .payload = std::string(frame.payload)});
    return frame.payload.size();
  }

  // What is wanted below `next` is lost.
  void TakeGap(int partition, std::int64_t next, LogChunk& chunk) {
    const auto wanted = wanted_.find(partition);
    if (wanted == wanted_.end() || wanted->second >= next) return;
    chunk.gaps.push_back({.partition = partition, .first = wanted->second, .next = next});
    wanted->second = next;
    view_->CountGap();
  }

  void FinishSegment(const Segment& segment, LogChunk& chunk) {
    if (scanner_) scanner_->Finish(segment.end, segment.spans);
    for (std::size_t p = 0; p < segment.spans.size(); ++p) {
      TakeGap(static_cast<int>(p), segment.spans[p].next, chunk);
    }
    place_.position = segment.end;
  }

  const SegmentFiles files_;
  const std::shared_ptr<SegmentLogView> view_;
  std::map<int, std::int64_t> wanted_;  // by partition: the next offset
  SegmentLogView::Place place_;
  bool is_inside_ = false;  // of the segment at `place_`, which is not finished
  std::unique_ptr<File> file_;
  std::optional<SegmentScanner> scanner_;  // none: the segment is not readable
  int read_failures_ = 0;
  std::int64_t last_ms_ = 0;  // append time of the last frame
  std::int64_t through_ms_ = 0;
};

absl::StatusOr<std::optional<std::int64_t>> FindInSegment(const SegmentFiles& files,
                                                          const Segment& segment, int partition,
                                                          std::int64_t time_ms) {
  const auto file = files.files.Open(SegmentPath(files.directory, segment.number));
  if (absl::IsNotFound(file.status())) return std::nullopt;  // retired
  RETURN_IF_ERROR(file.status());
  SegmentScanner scanner(**file, segment);
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<ScannedFrame> scanned, scanner.Next(segment.end));
    if (!scanned) return std::nullopt;
    const Frame& frame = scanned->frame;
    if (frame.type == FrameType::kBatch && frame.partition == partition &&
        frame.append_time_ms >= time_ms) {
      return frame.offset;
    }
  }
}

}  // namespace

std::unique_ptr<LogReader> MakeSegmentLogReader(SegmentFiles files,
                                                std::shared_ptr<SegmentLogView> view,
                                                const std::vector<PartitionOffset>& from) {
  return std::make_unique<SegmentLogReader>(std::move(files), std::move(view), from);
}

absl::StatusOr<std::int64_t> FindOffsetByTime(const SegmentFiles& files, const SegmentLogView& view,
                                              int partition, std::int64_t time_ms) {
  const auto p = static_cast<std::size_t>(partition);
  const std::int64_t next = view.GetBounds(p).next;
  for (const Segment& segment : view.Segments()) {
    if (!segment.is_readable || !segment.HasBatches(p) || segment.spans[p].last_ms < time_ms) {
      continue;
    }
    if (segment.spans[p].first_ms >= time_ms) return segment.base[p];
    ASSIGN_OR_RETURN(const auto offset, FindInSegment(files, segment, partition, time_ms));
    if (offset) return *offset;
  }
  return next;
}

}  // namespace playhead::aggregator
