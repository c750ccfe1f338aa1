#pragma once

#include <string_view>

#include "services/ingest/parameters.h"

namespace playhead::ingest {

// Deepest nesting of a body, its own object included.
inline constexpr std::size_t kMaxJsonDepth = 8;

// Reads one JSON object; `{"a":{"b":[1]}}` is the parameter `a:b:0`. Numbers keep their text,
// booleans are `true` and `false`, null is empty. Stops at the first fault: INVALID_UTF8 (also half
// a surrogate pair), NUL_BYTE, MALFORMED (no JSON, not an object, too deep), TOO_MANY_PARAMETERS
// (more than `max_parameters`).
ParametersRead ReadJsonObject(std::string_view text, std::size_t max_parameters);

}  // namespace playhead::ingest
