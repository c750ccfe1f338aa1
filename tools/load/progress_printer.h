#pragma once

#include "absl/time/time.h"
#include "tools/load/progress.h"

namespace playhead::tools {

// Shows progress on stderr: on a terminal a bar that moves, else a line every five seconds.
class ProgressPrinter {
 public:
  ProgressPrinter();

  // Does nothing while the last one is fresh.
  void Show(const Progress& progress);
  // Takes the bar away.
  void Clear() const;

 private:
  const bool is_terminal_;
  absl::Duration next_;
};

}  // namespace playhead::tools
