#pragma once

#include <string>
#include <string_view>

namespace playhead::ingest {

// A session string of version 2 around `fields`, with fixed random bytes.
std::string MakeKalturaSession(int partner, std::string_view secret, std::string_view fields);

}  // namespace playhead::ingest
