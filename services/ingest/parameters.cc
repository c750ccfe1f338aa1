#include "services/ingest/parameters.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

namespace playhead::ingest {
namespace {

// Lengths keep ("ab", "c") apart from ("a", "bc").
void AppendSized(std::string_view text, std::string& to) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char bytes[sizeof(size)];
  std::memcpy(bytes, &size, sizeof(size));
  to.append(bytes, sizeof(bytes));
  to.append(text);
}

}  // namespace

Parameters MergeParameters(Parameters first, Parameters second) {
  Parameters merged = std::move(first);
  merged.insert(merged.end(), std::make_move_iterator(second.begin()),
                std::make_move_iterator(second.end()));
  std::stable_sort(merged.begin(), merged.end(),
                   [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
  // Seen from the back, the first of equal names is the last that was sent.
  const auto kept_end =
      std::unique(merged.rbegin(), merged.rend(),
                  [](const Parameter& a, const Parameter& b) { return a.name == b.name; });
  merged.erase(merged.begin(), kept_end.base());
  return merged;
}

const Parameter* FindParameter(const Parameters& merged, std::string_view name) {
  const auto it =
      std::lower_bound(merged.begin(), merged.end(), name,
                       [](const Parameter& p, std::string_view wanted) { return p.name < wanted; });
  return it != merged.end() && it->name == name ? &*it : nullptr;
}

Id128 HashParameters(const Parameters& merged) {
  std::string canonical;
  canonical.reserve(2048);
  for (const Parameter& parameter : merged) {
    AppendSized(parameter.name, canonical);
    canonical.push_back(static_cast<char>(parameter.kind));
    AppendSized(parameter.value, canonical);
  }
  const XXH128_hash_t hash = XXH3_128bits(canonical.data(), canonical.size());
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace playhead::ingest
