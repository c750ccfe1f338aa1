#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace playhead::aggregator {

// Appends `value` in little-endian order.
template <typename T>
void PutLittleEndian(T value, std::string& to) {
  const auto bits = static_cast<std::uint64_t>(static_cast<std::make_unsigned_t<T>>(value));
  for (std::size_t i = 0; i < sizeof(T); ++i) to.push_back(static_cast<char>(bits >> (8 * i)));
}

// Reads values one after another. The bytes must be there.
class LittleEndianReader {
 public:
  explicit LittleEndianReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bits |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    }
    bytes_.remove_prefix(sizeof(T));
    return static_cast<T>(bits);
  }

 private:
  std::string_view bytes_;
};

}  // namespace playhead::aggregator
