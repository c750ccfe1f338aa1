#include "tools/load/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/display.h"

namespace playhead::tools {
namespace {

constexpr int kWidestBar = 60;

std::string Bar(double share, int width) {
  const auto done = static_cast<std::size_t>(share * width);
  std::string bar(static_cast<std::size_t>(width), ' ');
  std::fill_n(bar.begin(), std::min(done, bar.size()), '#');
  return absl::StrCat("[", bar, "] ");
}

}  // namespace

std::string ProgressLine(const Progress& progress, int width) {
  const double share = std::clamp(progress.share, 0.0, 1.0);
  const double seconds = absl::ToDoubleSeconds(progress.elapsed);
  const std::int64_t rate =
      seconds > 0 ? std::llround(static_cast<double>(progress.events) / seconds) : 0;
  const std::string text = absl::StrFormat("%3d %%  %s events  %s/s", static_cast<int>(share * 100),
                                           Grouped(progress.events), Grouped(rate));
  const int room = std::min(width - static_cast<int>(text.size()) - 4, kWidestBar);
  return room > 0 ? Bar(share, room) + text : text;
}

}  // namespace playhead::tools
