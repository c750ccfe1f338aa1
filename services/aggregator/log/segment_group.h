#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/aggregator/log/append_queue.h"
#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

// Bytes of the group that holds the batches of these requests.
std::size_t GroupBytes(const std::vector<AppendRequest>& requests, int partition_count);

// The group's frames, to stand at the segment's end; takes the batches into the segment's spans,
// but not into `end`.
std::string EncodeGroup(const std::vector<AppendRequest>& requests, std::int64_t append_time_ms,
                        Segment& segment);

}  // namespace playhead::aggregator
