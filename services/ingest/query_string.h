#pragma once

#include <string>
#include <string_view>

#include "services/ingest/parameters.h"

namespace playhead::ingest {

// Decodes %XX; `+` too where `plus_is_space`. A percent sign that begins no escape stays as it is.
std::string PercentDecode(std::string_view text, bool plus_is_space);

// Reads `a=1&b=2`: pairs in order, decoded, pairs without a name left out. Stops at the first
// fault: TOO_MANY_PARAMETERS (more than `max_parameters`), NUL_BYTE, INVALID_UTF8.
ParametersRead ReadQueryString(std::string_view text, std::size_t max_parameters);

}  // namespace playhead::ingest
