#pragma once

#include <string_view>

#include "common/event.h"

namespace playhead {

// MurmurHash3 x64 128 with seed 0. `low` equals hll_hash_text(text) of PostgreSQL's hll extension.
Id128 Murmur3(std::string_view text);

}  // namespace playhead
