#pragma once

namespace playhead::tools {

// Columns of the terminal behind a file descriptor: COLUMNS where it is set to a number above 0,
// else what the terminal says; 0: there is none.
int TerminalWidth(int descriptor);

}  // namespace playhead::tools
