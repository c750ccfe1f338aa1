#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace playhead {

// Ids of texts that are stored once (pages, users): a hash under the installation's key, so that
// nobody can aim at a collision. Not thread-safe.
class TextIdHasher {
 public:
  // `key`: installation.id_key, 16 bytes. InvalidArgument: another length.
  static absl::StatusOr<std::unique_ptr<TextIdHasher>> Make(std::string_view key);
  virtual ~TextIdHasher() = default;

  // SipHash-2-4 of `<partner>/<text>`. 0 for the empty text, for no other.
  virtual std::int64_t Id(std::int32_t partner, std::string_view text) = 0;
};

}  // namespace playhead
