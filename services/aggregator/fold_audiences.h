#pragma once

#include <vector>

#include "services/aggregator/epoch.h"

namespace playhead::aggregator {

// The VIEWs of every audience of the catalog per ten seconds, in order of partner, audience
// and time.
std::vector<AudienceRow> FoldAudiences(const std::vector<FactRow>& facts);

}  // namespace playhead::aggregator
