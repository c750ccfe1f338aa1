#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace playhead::ingest {

// Finds which of many short texts occur in a text, in one pass over it (Aho-Corasick). Immutable.
class AtomFinder {
 public:
  // Texts without repetition, none of them empty.
  explicit AtomFinder(const std::vector<std::string>& atoms);

  // Indexes of the atoms that occur in `text`, ascending, each once.
  std::vector<int> Find(std::string_view text) const;

 private:
  struct State {
    std::uint32_t fallback = 0;  // the longest proper suffix that is a state
    std::uint32_t found = 0;     // this state or the nearest fallback where an atom ends; 0: none
    int atom = -1;               // that ends here
  };

  static std::uint64_t Edge(std::uint32_t state, char next) {
    return std::uint64_t{state} << 8 | static_cast<unsigned char>(next);
  }
  std::uint32_t Step(std::uint32_t state, char next) const;

  std::vector<State> states_ = std::vector<State>(1);
  absl::flat_hash_map<std::uint64_t, std::uint32_t> edges_;
};

}  // namespace playhead::ingest
