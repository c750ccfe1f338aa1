#include "common/hash.h"

#include <murmurhash.h>

#include <array>

namespace playhead {

Id128 Murmur3(std::string_view text) {
  std::array<std::uint64_t, 2> out{};
  lmmh_x64_128(text.data(), static_cast<unsigned>(text.size()), 0, out.data());
  return {.high = out[1], .low = out[0]};
}

}  // namespace playhead
