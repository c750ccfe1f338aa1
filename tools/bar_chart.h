#pragma once

#include <string>
#include <vector>

namespace playhead::tools {

struct Bar {
  std::string name;
  double value = 0;
};

// A horizontal bar of `share` (0 to 1) of `width` columns, in eighths of a column; something for
// every share above 0.
std::string BarText(double share, int width);

// The title and one line per bar: name, bar, value. At most `width` columns, of at least 40.
std::string FormatBars(const std::string& title, const std::vector<Bar>& bars, int width);

}  // namespace playhead::tools
