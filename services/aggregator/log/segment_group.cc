#include "services/aggregator/log/segment_group.h"

#include <algorithm>

namespace playhead::aggregator {
namespace {

GroupStart StartOf(const std::vector<AppendRequest>& requests, const Segment& segment) {
  GroupStart start{.group_bytes = GroupBytes(requests, segment.PartitionCount()),
                   .start = {},
                   .count = std::vector<std::uint32_t>(segment.spans.size())};
  for (const PartitionSpan& span : segment.spans) start.start.push_back(span.next);
  for (const AppendRequest& request : requests) {
    for (const LogAppend& batch : request.batches) {
      ++start.count[static_cast<std::size_t>(batch.partition)];
    }
  }
  return start;
}

}  // namespace

std::size_t GroupBytes(const std::vector<AppendRequest>& requests, int partition_count) {
  std::size_t bytes = FrameBytes(GroupStartBytes(partition_count));
  for (const AppendRequest& request : requests) {
    for (const LogAppend& batch : request.batches) bytes += FrameBytes(batch.payload.size());
  }
  return bytes;
}

std::string EncodeGroup(const std::vector<AppendRequest>& requests, std::int64_t append_time_ms,
                        Segment& segment) {
  const std::string start = EncodeGroupStart(StartOf(requests, segment));
  std::string frames;
  frames.reserve(GroupBytes(requests, segment.PartitionCount()));
  const auto append = [&](const Frame& frame) {
    AppendFrame(frame, {.salt = segment.salt, .position = segment.end + frames.size()}, frames);
  };
  append({.type = FrameType::kGroup, .append_time_ms = append_time_ms, .payload = start});
  for (const AppendRequest& request : requests) {
    for (const LogAppend& batch : request.batches) {
      const Frame frame{.type = FrameType::kBatch,
                        .partition = batch.partition,
                        .offset = segment.spans[static_cast<std::size_t>(batch.partition)].next,
                        .append_time_ms = append_time_ms,
                        .payload = batch.payload};
      append(frame);
      Extend(segment, frame);
    }
  }
  segment.last_ms = std::max(segment.last_ms, append_time_ms);
  return frames;
}

}  // namespace playhead::aggregator
