#pragma once

#include <functional>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace playhead {

// The seam for wall-clock time: absl::Now in production. Must be safe to call from many threads.
using Clock = std::function<absl::Time()>;

}  // namespace playhead
