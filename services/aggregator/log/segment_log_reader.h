#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/files.h"
#include "services/aggregator/event_source.h"
#include "services/aggregator/log/segment_log_view.h"

namespace playhead::aggregator {

// Where a log's segments are.
struct SegmentFiles {
  Files& files;  // must outlive every reader
  std::string directory;
};

// A cursor over the segments that keeps what belongs to the partitions of `from`; those offsets lie
// in the log.
std::unique_ptr<LogReader> MakeSegmentLogReader(SegmentFiles files,
                                                std::shared_ptr<SegmentLogView> view,
                                                const std::vector<PartitionOffset>& from);

// See EventSource::FindOffset.
absl::StatusOr<std::int64_t> FindOffsetByTime(const SegmentFiles& files, const SegmentLogView& view,
                                              int partition, std::int64_t time_ms);

}  // namespace playhead::aggregator
