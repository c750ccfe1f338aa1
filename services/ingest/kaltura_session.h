#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace playhead::ingest {

// Longer session strings are not looked at.
inline constexpr std::size_t kMaxKalturaSessionBytes = 4096;

// What a session string that was made with one of a partner's secrets says.
struct KalturaSession {
  std::string user;  // never empty; UTF-8 without NUL
  absl::Time expiry;
};

struct KalturaSessionRules {
  // Strings of version 1 are open to length extension.
  bool accept_v1 = false;
};

// Nullopt: `text` is no session string of `partner` made with one of `secrets`, has expired at
// `now` or expires more than ten years after it, or names no user (none, or `0`). Restrictions of
// use, such as iprestrict, do not matter to who the user is. Every secret is tried, and comparing
// takes the same time wherever the difference is.
std::optional<KalturaSession> VerifyKalturaSession(std::string_view text, std::int32_t partner,
                                                   std::span<const std::string> secrets,
                                                   absl::Time now,
                                                   const KalturaSessionRules& rules);

}  // namespace playhead::ingest
