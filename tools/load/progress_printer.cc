#include "tools/load/progress_printer.h"

#include <unistd.h>

#include <iostream>

#include "tools/terminal.h"

namespace playhead::tools {
namespace {

constexpr absl::Duration kBarInterval = absl::Milliseconds(200);
constexpr absl::Duration kLineInterval = absl::Seconds(5);
constexpr char kEraseRest[] = "\x1b[K";

}  // namespace

ProgressPrinter::ProgressPrinter()
    : is_terminal_(isatty(STDERR_FILENO) == 1),
      next_(is_terminal_ ? absl::ZeroDuration() : kLineInterval) {}

void ProgressPrinter::Show(const Progress& progress) {
  if (progress.elapsed < next_) return;
  next_ = progress.elapsed + (is_terminal_ ? kBarInterval : kLineInterval);
  if (is_terminal_) {
    std::cerr << "\r" << ProgressLine(progress, TerminalWidth(STDERR_FILENO)) << kEraseRest;
  } else {
    std::cerr << ProgressLine(progress, 0) << "\n";
  }
}

void ProgressPrinter::Clear() const {
  if (is_terminal_) std::cerr << "\r" << kEraseRest;
}

}  // namespace playhead::tools
