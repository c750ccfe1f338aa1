#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace playhead {

// HyperLogLog in the storage format of PostgreSQL's hll extension (STORAGE.md of hll-storage-spec),
// with the parameters of the catalog: hll(11, 5, -1, 1). Byte for byte what the extension would
// store. Not thread-safe.
class Hll {
 public:
  // Adds one element by its 64-bit hash (Murmur3().low of its text).
  void Add(std::uint64_t hash);

  // Adds every element of `other`.
  void Merge(const Hll& other);

  // Storage format: EMPTY, EXPLICIT, SPARSE or FULL.
  std::string Serialize() const;

  // Replaces the content. InvalidArgument: not a sketch of these parameters.
  absl::Status Parse(std::string_view bytes);

  // As the extension's hll_cardinality.
  double Estimate() const;

 private:
  void Promote();

  // Exactly one is in use: explicit hashes (ascending, distinct) until there are too many, then
  // 2^11 registers.
  std::vector<std::int64_t> hashes_;
  std::vector<std::uint8_t> registers_;
};

}  // namespace playhead
