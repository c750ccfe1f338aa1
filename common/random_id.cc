#include "common/random_id.h"

#include <random>

namespace playhead {

Id128 RandomId() {
  std::random_device device;
  const auto word = [&device] { return std::uint64_t{device()} << 32 | device(); };
  return {.high = word(), .low = word()};
}

std::string ToBytes(const Id128& id) {
  std::string bytes;
  for (const std::uint64_t half : {id.high, id.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(half >> shift));
  }
  return bytes;
}

}  // namespace playhead
