#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace playhead::tools {

// Random choices that are the same for the same two numbers on every machine: the engine is the
// standard's, the distributions are not (those of the standard library differ between libraries).
class Chance {
 public:
  Chance(std::uint64_t seed, std::uint64_t number) : engine_(MakeEngine(seed, number)) {}

  std::uint64_t Bits() { return engine_(); }
  // In [0, 1).
  double Fraction() { return static_cast<double>(Bits() >> 11) * 0x1p-53; }
  bool Happens(double probability) { return Fraction() < probability; }
  double Between(double least, double below) { return least + (below - least) * Fraction(); }
  // Within [least, most].
  std::int64_t Whole(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(static_cast<double>(most - least + 1) * Fraction());
  }
  // Between them, each order of magnitude as often.
  double Scaled(double least, double below);
  // An index, as often as its weight says. `sums` are running sums of weights, not empty.
  std::size_t Weighted(std::span<const double> sums);

 private:
  static std::mt19937_64 MakeEngine(std::uint64_t seed, std::uint64_t number);

  std::mt19937_64 engine_;
};

}  // namespace playhead::tools
