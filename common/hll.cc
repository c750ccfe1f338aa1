#include "common/hll.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "absl/strings/str_cat.h"
#include "common/catalog.h"

namespace playhead {
namespace {

constexpr std::size_t kRegisters = std::size_t{1} << catalog::kHllLog2m;
constexpr unsigned kRegisterBits = catalog::kHllRegwidth;
constexpr std::uint8_t kMaxRegister = (1 << kRegisterBits) - 1;
constexpr std::size_t kFullBytes = kRegisters * kRegisterBits / 8;
// Threshold -1: explicit for as long as that is no larger than full.
constexpr std::size_t kMaxExplicit = kFullBytes / sizeof(std::uint64_t);
// Two bytes per register that is not zero: index, then value.
constexpr std::size_t kSparseBytes = 2;
static_assert(catalog::kHllLog2m + catalog::kHllRegwidth == 16);
static_assert(catalog::kHllExpthresh == -1 && catalog::kHllSparseon == 1);

constexpr std::size_t kHeaderBytes = 3;
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kParameters = (kRegisterBits - 1) << 5 | catalog::kHllLog2m;
constexpr std::uint8_t kThresholds = catalog::kHllSparseon << 6 | 63;

enum Kind : std::uint8_t { kEmpty = 1, kExplicit = 2, kSparse = 3, kFull = 4 };

std::string Header(Kind kind, std::size_t body_bytes) {
  std::string out;
  out.reserve(kHeaderBytes + body_bytes);
  out.push_back(static_cast<char>(kVersion << 4 | kind));
  out.push_back(static_cast<char>(kParameters));
  out.push_back(static_cast<char>(kThresholds));
  return out;
}

std::string SerializeExplicit(std::span<const std::int64_t> hashes) {
  std::string out = Header(kExplicit, hashes.size() * 8);
  for (const std::int64_t hash : hashes) {
    const auto bits = static_cast<std::uint64_t>(hash);
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
  }
  return out;
}

std::string SerializeSparse(std::span<const std::uint8_t> registers, std::size_t filled) {
  std::string out = Header(kSparse, filled * kSparseBytes);
  for (std::size_t i = 0; i < registers.size(); ++i) {
    if (registers[i] == 0) continue;
    const std::size_t word = i << kRegisterBits | registers[i];
    out.push_back(static_cast<char>(word >> 8));
    out.push_back(static_cast<char>(word));
  }
  return out;
}

std::string SerializeFull(std::span<const std::uint8_t> registers) {
  std::string out = Header(kFull, kFullBytes);
  unsigned word = 0;
  unsigned bits = 0;
  for (const std::uint8_t value : registers) {
    word = word << kRegisterBits | value;
    bits += kRegisterBits;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(word >> bits));
    word &= (1U << bits) - 1;
  }
  return out;
}

unsigned ByteAt(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

absl::Status NotASketch(std::string_view fault) {
  return absl::InvalidArgumentError(
      absl::StrCat("not a sketch of hll(11,5,-1,1): ", std::string(fault)));
}

absl::Status ParseExplicit(std::string_view body, std::vector<std::int64_t>& hashes) {
  if (body.empty() || body.size() % 8 != 0 || body.size() / 8 > kMaxExplicit) {
    return NotASketch("explicit elements do not fill 8 to 1,280 bytes by 8");
  }
  hashes.reserve(body.size() / 8);
  for (std::size_t at = 0; at < body.size(); at += 8) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) bits = bits << 8 | ByteAt(body, at + i);
    const auto hash = static_cast<std::int64_t>(bits);
    if (!hashes.empty() && hash <= hashes.back()) return NotASketch("elements do not ascend");
    hashes.push_back(hash);
  }
  return absl::OkStatus();
}

absl::Status ParseSparse(std::string_view body, std::vector<std::uint8_t>& registers) {
  if (body.size() % kSparseBytes != 0) return NotASketch("odd number of bytes in sparse registers");
  std::size_t next = 0;
  for (std::size_t at = 0; at < body.size(); at += kSparseBytes) {
    const std::size_t word = ByteAt(body, at) << 8 | ByteAt(body, at + 1);
    const std::size_t index = word >> kRegisterBits;
    if (index < next) return NotASketch("registers do not ascend");
    next = index + 1;
    registers[index] = static_cast<std::uint8_t>(word & kMaxRegister);
  }
  return absl::OkStatus();
}

absl::Status ParseFull(std::string_view body, std::vector<std::uint8_t>& registers) {
  if (body.size() != kFullBytes) return NotASketch("full registers are not 1,280 bytes");
  unsigned word = 0;
  unsigned bits = 0;
  std::size_t at = 0;
  for (std::uint8_t& value : registers) {
    if (bits < kRegisterBits) {
      word = word << 8 | ByteAt(body, at++);
      bits += 8;
    }
    bits -= kRegisterBits;
    value = static_cast<std::uint8_t>(word >> bits & kMaxRegister);
    word &= (1U << bits) - 1;
  }
  return absl::OkStatus();
}

void AddToRegisters(std::vector<std::uint8_t>& registers, std::uint64_t hash) {
  const std::uint64_t stream = hash >> catalog::kHllLog2m;
  if (stream == 0) return;
  std::uint8_t& value = registers[hash & (kRegisters - 1)];
  const auto run = static_cast<std::uint8_t>(std::countr_zero(stream) + 1);
  value = std::max(value, std::min(run, kMaxRegister));
}

}  // namespace

void Hll::Add(std::uint64_t hash) {
  if (!registers_.empty()) {
    AddToRegisters(registers_, hash);
    return;
  }
  const auto value = static_cast<std::int64_t>(hash);
  if (hashes_.empty() || hashes_.back() < value) {
    hashes_.push_back(value);
  } else {
    const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), value);
    if (*at == value) return;
    hashes_.insert(at, value);
  }
  if (hashes_.size() > kMaxExplicit) Promote();
}

void Hll::Merge(const Hll& other) {
  if (other.registers_.empty()) {
    if (&other == this) return;
    for (const std::int64_t hash : other.hashes_) Add(static_cast<std::uint64_t>(hash));
    return;
  }
  if (registers_.empty()) Promote();
  for (std::size_t i = 0; i < kRegisters; ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

std::string Hll::Serialize() const {
  if (registers_.empty()) {
    return hashes_.empty() ? Header(kEmpty, 0) : SerializeExplicit(hashes_);
  }
  const auto zeros =
      static_cast<std::size_t>(std::count(registers_.begin(), registers_.end(), std::uint8_t{0}));
  const std::size_t filled = kRegisters - zeros;
  return filled * kSparseBytes < kFullBytes ? SerializeSparse(registers_, filled)
                                            : SerializeFull(registers_);
}

absl::Status Hll::Parse(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return NotASketch("shorter than 3 bytes");
  if (ByteAt(bytes, 1) != kParameters || ByteAt(bytes, 2) != kThresholds) {
    return NotASketch("other parameters");
  }
  const std::string_view body = bytes.substr(kHeaderBytes);
  Hll parsed;
  absl::Status status;
  switch (ByteAt(bytes, 0)) {
    case kVersion << 4 | kEmpty:
      if (!body.empty()) status = NotASketch("bytes after an empty one");
      break;
    case kVersion << 4 | kExplicit:
      status = ParseExplicit(body, parsed.hashes_);
      break;
    case kVersion << 4 | kSparse:
      parsed.registers_.resize(kRegisters);
      status = ParseSparse(body, parsed.registers_);
      break;
    case kVersion << 4 | kFull:
      parsed.registers_.resize(kRegisters);
      status = ParseFull(body, parsed.registers_);
      break;
    default:
      status = NotASketch("unknown version or kind");
  }
  if (status.ok()) *this = std::move(parsed);
  return status;
}

double Hll::Estimate() const {
  if (registers_.empty()) return static_cast<double>(hashes_.size());
  constexpr double kM = kRegisters;
  // Of the 64 bits, those that registers of 5 bits can tell apart.
  constexpr double kRange =
      static_cast<double>(std::uint64_t{1} << (kMaxRegister - 1 + catalog::kHllLog2m));
  double sum = 0;
  int zeros = 0;
  for (const std::uint8_t value : registers_) {
    sum += 1.0 / static_cast<double>(std::uint64_t{1} << value);
    zeros += value == 0;
  }
  const double estimate = 0.7213 / (1.0 + 1.079 / kM) * kM * kM / sum;
  if (zeros != 0 && estimate < 5.0 * kM / 2.0) return kM * std::log(kM / zeros);
  if (estimate <= kRange / 30.0) return estimate;
  return -kRange * std::log(1.0 - estimate / kRange);
}

void Hll::Promote() {
  registers_.assign(kRegisters, 0);
  for (const std::int64_t hash : hashes_) {
    AddToRegisters(registers_, static_cast<std::uint64_t>(hash));
  }
  hashes_ = {};
}

}  // namespace playhead
