#pragma once

#include "playhead/v1/metadata.pb.h"
#include "services/query/plan.h"

namespace playhead::query {

// The dimensions, metrics and rollups that can be asked for, from the catalog.
v1::ListDimensionsResponse ListDimensions();
v1::ListMetricsResponse ListMetrics(const Retention& retention);
v1::ListRollupsResponse ListRollups(const Retention& retention);

}  // namespace playhead::query
