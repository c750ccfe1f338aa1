#include <iostream>

#include "tools/commands.h"

namespace playhead::tools {

int FailUsage(std::string_view message) {
  Fail(message);
  return kExitUsage;
}

int Fail(std::string_view message) {
  std::cerr << "playhead: " << message << "\n";
  return kExitFailed;
}

}  // namespace playhead::tools
