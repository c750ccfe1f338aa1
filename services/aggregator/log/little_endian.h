#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace playhead::aggregator {

static_assert(std::endian::native == std::endian::little, "other machines have to swap bytes here");

// Appends `value` in little-endian order.
template <typename T>
void PutLittleEndian(T value, std::string& to) {
  to.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// Reads values one after another. The bytes must be there.
class LittleEndianReader {
 public:
  explicit LittleEndianReader(std::string_view bytes) : at_(bytes.data()) {}

  template <typename T>
  T Take() {
    T value{};
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

 private:
  const char* at_;
};

}  // namespace playhead::aggregator
