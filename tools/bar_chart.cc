#include "tools/bar_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tools/display.h"

namespace playhead::tools {
namespace {

constexpr int kLongestBar = 80;
constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

std::string Padding(int columns) {
  return std::string(static_cast<std::size_t>(std::max(columns, 0)), ' ');
}

}  // namespace

std::string BarText(double share, int width) {
  auto eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width * 8));
  if (share > 0) eighths = std::max(eighths, 1);
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kEighths[eighths % 8];
}

std::string FormatBars(const std::string& title, const std::vector<Bar>& bars, int width) {
  if (bars.empty()) return absl::StrCat(title, ": nothing in this range\n");
  double most = 0;
  int names = 0;
  int values = 0;
  for (const Bar& bar : bars) {
    most = std::max(most, bar.value);
    names = std::max(names, DisplayWidth(ShownText(bar.name)));
    values = std::max(values, DisplayWidth(ShownNumber(bar.value)));
  }
  names = std::min(names, width / 3);
  const int room = std::min(width - names - values - 4, kLongestBar);
  std::string text = title + "\n";
  for (const Bar& bar : bars) {
    const std::string name = Shorten(ShownText(bar.name), names);
    const std::string value = ShownNumber(bar.value);
    absl::StrAppend(&text, name, Padding(names - DisplayWidth(name)), "  ",
                    Padding(values - DisplayWidth(value)), value, "  ",
                    BarText(most > 0 ? bar.value / most : 0, room), "\n");
  }
  return text;
}

}  // namespace playhead::tools
