#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace playhead {

// The candidate with the least edit distance to `name`, ignoring case and underscores; ties: the
// first. Empty when there are no candidates. Names over 64 bytes are compared by their first 64.
std::string ClosestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace playhead
