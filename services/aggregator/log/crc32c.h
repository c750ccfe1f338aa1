#pragma once

#include <cstdint>
#include <string_view>

namespace playhead::aggregator {

// CRC32C (Castagnoli) of what gave `crc` followed by `bytes`; `crc` is 0 for nothing. By the
// processor where it can.
std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes);

// The same, by table.
std::uint32_t Crc32cByTable(std::uint32_t crc, std::string_view bytes);

}  // namespace playhead::aggregator
