#include "services/aggregator/log/segment_retention.h"

namespace playhead::aggregator {
namespace {

bool IsCommitted(const Segment& segment, const std::vector<std::int64_t>& committed) {
  for (std::size_t p = 0; p < committed.size(); ++p) {
    if (segment.HasBatches(p) && segment.spans[p].next > committed[p]) return false;
  }
  return true;
}

}  // namespace

std::size_t CountRetired(const std::deque<Segment>& segments,
                         const std::vector<std::int64_t>& committed, std::int64_t oldest_ms) {
  std::size_t count = 0;
  while (count + 1 < segments.size() && segments[count].last_ms < oldest_ms &&
         IsCommitted(segments[count], committed)) {
    ++count;
  }
  return count;
}

}  // namespace playhead::aggregator
