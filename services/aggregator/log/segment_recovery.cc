#include "services/aggregator/log/segment_recovery.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/random_id.h"
#include "common/status_macros.h"
#include "services/aggregator/log/segment_scan.h"
#include "services/aggregator/log/torn_tail.h"

namespace playhead::aggregator {
namespace {

// A segment file as it is found.
struct Found {
  std::uint64_t number = 0;
  std::uint64_t size = 0;
  std::unique_ptr<File> file = nullptr;
  std::optional<SegmentHeader> header = std::nullopt;  // nullopt: damaged, or never written
  std::uint64_t limit = 0;                             // bytes that count
};

absl::StatusOr<Found> Inspect(Files& files, const std::string& directory, std::uint64_t number) {
  Found found{.number = number};
  ASSIGN_OR_RETURN(found.file, files.Open(SegmentPath(directory, number)));
  ASSIGN_OR_RETURN(found.size, found.file->Size());
  found.limit = found.size;
  std::string head(kSegmentHeaderBytes, '\0');
  ASSIGN_OR_RETURN(const std::size_t count, found.file->Read(0, head));
  found.header = DecodeSegmentHeader(std::string_view(head).substr(0, count), number);
  if (found.header && found.header->number != number) {
    return absl::FailedPreconditionError(absl::StrCat(SegmentPath(directory, number),
                                                      " holds segment ", found.header->number,
                                                      "; give the file its own name back"));
  }
  return found;
}

absl::StatusOr<std::vector<Found>> InspectAll(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  std::vector<Found> all;
  for (const std::string& name : names) {
    const std::uint64_t number = SegmentNumber(name);
    if (number == 0) continue;
    ASSIGN_OR_RETURN(Found found, Inspect(files, directory, number));
    all.push_back(std::move(found));
  }
  return all;
}

// Whether the file can hold frames: they are written only behind a durable header.
bool MayHoldFrames(const Found& found) { return found.size > kSegmentHeaderBytes; }

absl::StatusOr<LogMeta> LoadMeta(Files& files, const std::string& directory, int partition_count,
                                 const std::vector<Found>& all) {
  ASSIGN_OR_RETURN(const std::optional<LogMeta> stored, ReadLogMeta(files, directory));
  if (stored) return *stored;
  LogMeta meta{.uuid = RandomId(), .partition_count = partition_count};
  for (const Found& found : all) {
    if (found.header) {
      meta = {.uuid = found.header->uuid,
              .partition_count = static_cast<int>(found.header->base.size())};
    } else if (MayHoldFrames(found) && found.number == all.back().number) {
      return absl::FailedPreconditionError(
          absl::StrCat(directory, " has segments but neither log.meta nor a whole segment header"));
    }
  }
  RETURN_IF_ERROR(WriteLogMeta(files, directory, meta));
  return meta;
}

absl::Status CheckOwner(const std::string& directory, const LogMeta& meta,
                        const std::vector<Found>& all) {
  for (const Found& found : all) {
    if (!found.header) continue;
    if (found.header->uuid == meta.uuid &&
        found.header->base.size() == static_cast<std::size_t>(meta.partition_count)) {
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat(SegmentPath(directory, found.number), " belongs to another log"));
  }
  return absl::OkStatus();
}

// Removes segments whose creation failed, and sets how far the others count. Both follow from the
// headers of those behind them.
void FollowChain(Files& files, const std::string& directory, std::vector<Found>& all) {
  std::vector<Found> kept;
  const SegmentHeader* successor = nullptr;
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    const bool was_skipped = successor != nullptr && successor->previous < it->number;
    if (was_skipped || (!it->header && !MayHoldFrames(*it))) {
      files.Unlink(SegmentPath(directory, it->number)).IgnoreError();
      continue;
    }
    if (successor != nullptr && successor->previous == it->number) {
      it->limit = std::min(it->size, successor->previous_end);
    }
    kept.push_back(std::move(*it));
    successor = kept.back().header ? &*kept.back().header : nullptr;
  }
  std::reverse(kept.begin(), kept.end());
  all = std::move(kept);
}

// What stands in for a segment without a header: as many offsets as it can have held are used.
Segment LostSegment(const Found& found, const RecoveredLog& log) {
  Segment segment =
      EmptySegment({.number = found.number, .start_ms = log.last_ms, .base = log.next});
  segment.is_readable = false;
  segment.end = found.size;
  for (PartitionSpan& span : segment.spans) {
    span.next += static_cast<std::int64_t>((found.size - kSegmentHeaderBytes) / FrameBytes(0));
  }
  return segment;
}

// The offsets up to which the segment goes are those at which the next begins.
void MeetSuccessor(Segment& segment, const Found& successor) {
  if (!successor.header) return;
  for (std::size_t p = 0; p < segment.spans.size(); ++p) {
    segment.spans[p].next = std::max(segment.base[p], successor.header->base[p]);
  }
}

absl::Status Load(const std::vector<Found>& all, RecoveredLog& log) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    Segment segment;
    log.can_resume = false;
    if (all[i].header) {
      ASSIGN_OR_RETURN(SegmentScan scan, ScanSegment(*all[i].file, *all[i].header, all[i].limit));
      segment = std::move(scan.segment);
      log.can_resume = !scan.is_sealed;
      log.last_group = scan.last_group;
    } else {
      segment = LostSegment(all[i], log);
    }
    if (i + 1 < all.size()) {
      segment.end = std::max(segment.end, all[i].limit);
      MeetSuccessor(segment, all[i + 1]);
    }
    for (std::size_t p = 0; p < log.next.size(); ++p) {
      log.next[p] = std::max(log.next[p], segment.spans[p].next);
    }
    log.last_ms = std::max(log.last_ms, segment.last_ms);
    log.segments.push_back(std::move(segment));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RecoveredLog> RecoverLog(Files& files, const std::string& directory,
                                        int partition_count) {
  ASSIGN_OR_RETURN(std::vector<Found> all, InspectAll(files, directory));
  RecoveredLog log;
  if (!all.empty()) log.last_number = all.back().number;
  ASSIGN_OR_RETURN(log.meta, LoadMeta(files, directory, partition_count, all));
  RETURN_IF_ERROR(CheckOwner(directory, log.meta, all));
  FollowChain(files, directory, all);
  log.next.resize(static_cast<std::size_t>(log.meta.partition_count));
  RETURN_IF_ERROR(Load(all, log));
  if (log.can_resume) {
    const TornTail tail{.number = log.segments.back().number,
                        .last_group = log.last_group,
                        .end = log.segments.back().end,
                        .header = EncodeSegmentHeader(*all.back().header)};
    ASSIGN_OR_RETURN(log.torn_bytes, CutTornTail(files, directory, *all.back().file, tail));
  }
  RETURN_IF_ERROR(files.SyncDirectory(directory));
  return log;
}

}  // namespace playhead::aggregator
