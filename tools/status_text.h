#pragma once

#include <string>

#include "absl/time/time.h"
#include "playhead/v1/metadata.pb.h"

namespace playhead::tools {

// Freshness, lag, ledger and tiers as lines for people.
std::string StatusText(const v1::GetDataStatusResponse& status, absl::Time now);

// The aggregator answers and no partition is stopped.
bool IsDataFlowing(const v1::GetDataStatusResponse& status);

}  // namespace playhead::tools
