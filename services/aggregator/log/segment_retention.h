#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "services/aggregator/log/segment.h"

namespace playhead::aggregator {

// How many of the oldest segments may go: whole ones whose append times are all before `oldest_ms`
// and whose offsets are all below `committed` (by partition). Never the last one, which is being
// written.
std::size_t CountRetired(const std::deque<Segment>& segments,
                         const std::vector<std::int64_t>& committed, std::int64_t oldest_ms);

}  // namespace playhead::aggregator
