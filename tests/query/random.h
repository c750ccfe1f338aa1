#pragma once

#include <iterator>
#include <random>

namespace playhead::query {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename Range>
  auto& Pick(Range& range) {
    return range[static_cast<std::size_t>(Below(static_cast<int>(std::size(range))))];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace playhead::query
