#pragma once

#include <string>

#include "common/event.h"

namespace playhead {

// 128 random bits, for names that must not meet again: of a log, of an epoch's commit, of a
// producer.
Id128 RandomId();

// Its 16 bytes, the most significant first.
std::string ToBytes(const Id128& id);

}  // namespace playhead
