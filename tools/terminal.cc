#include "tools/terminal.h"

#include <sys/ioctl.h>

#include <cstdlib>

#include "absl/strings/numbers.h"

namespace playhead::tools {

int TerminalWidth(int descriptor) {
  int columns = 0;
  const char* told = std::getenv("COLUMNS");
  if (told != nullptr && absl::SimpleAtoi(told, &columns) && columns > 0) return columns;
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace playhead::tools
