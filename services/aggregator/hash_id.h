#pragma once

#include <cstddef>

#include "absl/hash/hash.h"
#include "common/event.h"

namespace playhead::aggregator {

// For hash maps in memory; seeded per process.
struct HashId128 {
  std::size_t operator()(const Id128& id) const { return absl::HashOf(id.high, id.low); }
};

}  // namespace playhead::aggregator
