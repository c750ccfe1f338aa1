#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/catalog.h"
#include "playhead/v1/aggregation.pb.h"
#include "services/aggregator/epoch.h"

namespace playhead::aggregator {

inline constexpr std::size_t kMaxTailBytes = 2 << 20;

// One asked column: a dimension of the catalog, or the partner.
struct TailDimension {
  bool is_partner = false;
  catalog::Dimension dimension{};
};

// A checked ReadTailRequest.
struct TailQuery {
  std::int32_t partner = 0;  // 0: all
  std::vector<TailDimension> dimensions;
  std::vector<catalog::Measure> measures;
  std::vector<catalog::Sketch> sketches;
  bool has_events = false;
  // Among `dimensions`: event rows then hold every event with an error code, too.
  bool has_error_code = false;
  // VIEWs per ten seconds, too.
  bool has_ten_seconds = false;
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;
};

// InvalidArgument, with the field: a name that is not in the catalog, a name twice, a negative
// partner.
absl::StatusOr<TailQuery> ParseTailQuery(const v1::ReadTailRequest& request);

// What of an epoch the tail is made of.
struct TailFacts {
  const std::vector<std::string>& strings;
  const std::vector<FactRow>& facts;
  const std::vector<FactEventRow>& fact_events;
};

// Adds the rows of an epoch, grouped by minute (or ten seconds) and the asked dimensions, to a
// segment without rows. An `error_code` that is asked is empty in rows of facts and of ten seconds.
// ResourceExhausted: they would take more than `max_bytes`.
absl::Status AddTailRows(const TailQuery& query, const TailFacts& epoch, std::size_t max_bytes,
                         v1::TailSegment& segment);

}  // namespace playhead::aggregator
