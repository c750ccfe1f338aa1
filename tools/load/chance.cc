#include "tools/load/chance.h"

#include <algorithm>
#include <cmath>

namespace playhead::tools {

std::mt19937_64 Chance::MakeEngine(std::uint64_t seed, std::uint64_t number) {
  std::seed_seq words{seed & 0xFFFFFFFF, seed >> 32, number & 0xFFFFFFFF, number >> 32};
  return std::mt19937_64(words);
}

double Chance::Scaled(double least, double below) {
  return least * std::pow(below / least, Fraction());
}

std::size_t Chance::Weighted(std::span<const double> sums) {
  const double at = Fraction() * sums.back();
  const auto found = std::upper_bound(sums.begin(), sums.end() - 1, at);
  return static_cast<std::size_t>(found - sums.begin());
}

}  // namespace playhead::tools
