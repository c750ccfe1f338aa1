#pragma once

#include <string_view>

namespace playhead::ingest {

// What the expressions found in a user agent; empty: not known.
struct DeviceTraits {
  std::string_view operating_system_family;
  std::string_view device_family;
  std::string_view brand;
  // The whole user agent in lower case.
  std::string_view lower;
};

// computer, mobile, tablet, tv, game_console or wearable; empty: not known.
std::string_view DeviceClass(const DeviceTraits& traits);

}  // namespace playhead::ingest
