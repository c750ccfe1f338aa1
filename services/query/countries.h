#pragma once

#include <string>
#include <string_view>

namespace playhead::query {

// The ISO 3166 alpha-2 code of a country's English name or of a code, in any case; any other text
// as it is.
std::string CountryCode(std::string_view text);

}  // namespace playhead::query
