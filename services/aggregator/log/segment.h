#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/aggregator/log/segment_format.h"

namespace playhead::aggregator {

// What the log knows of one of its segments.
struct Segment {
  std::uint64_t number = 0;
  std::uint64_t salt = 0;
  // Durable bytes that count; grows while the segment is the last one.
  std::uint64_t end = 0;
  // False: the header is lost, and with it everything in the segment.
  bool is_readable = true;
  std::int64_t last_ms = 0;               // no frame has a later append time
  std::vector<std::int64_t> base = {};    // by partition: the next offset before the segment
  std::vector<PartitionSpan> spans = {};  // by partition

  int PartitionCount() const { return static_cast<int>(base.size()); }
  bool HasBatches(std::size_t partition) const { return spans[partition].next > base[partition]; }
};

// `<directory>/<number, 20 digits>.segment`.
std::string SegmentPath(const std::string& directory, std::uint64_t number);
// 0: not the name of a segment.
std::uint64_t SegmentNumber(const std::string& name);

// A segment without frames that begins as `header` says.
Segment EmptySegment(const SegmentHeader& header);
// Takes the batch into the segment's spans.
void Extend(Segment& segment, const Frame& batch);

}  // namespace playhead::aggregator
