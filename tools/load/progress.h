#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace playhead::tools {

struct Progress {
  std::int64_t events = 0;
  // Of the work, 0 to 1.
  double share = 0;
  absl::Duration elapsed;
};

// `[#########>          ]  45 %  52,000 events  21,000/s`, a bar that fits in `width` columns; no
// bar for a width of 0.
std::string ProgressLine(const Progress& progress, int width);

}  // namespace playhead::tools
