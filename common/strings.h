#pragma once

#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace playhead {

// Debian 12 builds Abseil with a string_view of its own; these two are the border.
inline absl::string_view ToAbsl(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view ToStd(absl::string_view s) { return {s.data(), s.size()}; }

}  // namespace playhead
