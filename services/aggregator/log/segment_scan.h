#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/files.h"
#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

struct SegmentScan {
  // `end` is that of the last whole frame.
  Segment segment;
  bool is_sealed = false;
  // Where the last group begins, 0 when there is none: what follows was perhaps never synced.
  std::uint64_t last_group = 0;
};

// What the segment's frames before `limit` say: by its seal when that ends at the limit, else frame
// by frame. Offsets that may have been acked and are damaged count as used.
absl::StatusOr<SegmentScan> ScanSegment(const File& file, const SegmentHeader& header,
                                        std::uint64_t limit);

}  // namespace playhead::aggregator
