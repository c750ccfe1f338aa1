#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/catalog.h"
#include "common/event.h"
#include "common/hll.h"

namespace playhead::aggregator {

// One row of facts: a playback's events of one minute that agree in every dimension.
struct FactRow {
  std::int32_t partner = 0;
  std::int64_t minute_ms = 0;  // Unix ms of the minute's start, by event time
  Id128 session;
  std::uint64_t viewer = 0;
  std::uint64_t known_user = 0;  // 0: none
  // Ids in Epoch::strings, by catalog::Dimension.
  std::array<std::uint32_t, catalog::kFactDimensionCount> dimensions{};
  std::array<std::int64_t, catalog::kMeasureCount> measures{};
  // VIEWs of each ten seconds of the minute. Not stored with the facts: audiences are made of them.
  std::array<std::int32_t, catalog::kTenSecondsPerMinute> ten_seconds_views{};

  std::int64_t& measure(catalog::Measure m) { return measures[static_cast<std::size_t>(m)]; }
  std::int64_t measure(catalog::Measure m) const { return measures[static_cast<std::size_t>(m)]; }
  std::uint32_t dimension(catalog::Dimension d) const {
    return dimensions[static_cast<std::size_t>(d)];
  }
  // Whether the row's viewer counts: unique_viewers is of PLAY, RESUME and VIEW.
  bool HasViewer() const {
    return measure(catalog::Measure::kPlays) + measure(catalog::Measure::kResumes) +
               measure(catalog::Measure::kViews) >
           0;
  }
};

// Events that have no measure of their own, and every event with an error code. An event with both
// a measure and an error code (type 98) is counted in the measure *and* here; readers of `events`
// take event types without measure only.
struct FactEventRow {
  std::uint32_t fact = 0;  // index into Epoch::facts: the row's keys
  std::int32_t event_type = 0;
  std::uint32_t error_code = 0;  // id in Epoch::strings
  std::int64_t count = 0;
};

// One row of a rollup at minute grain.
struct RollupRow {
  std::int32_t partner = 0;
  std::int64_t minute_ms = 0;
  std::uint32_t traffic = 0;              // id in Epoch::strings
  std::vector<std::uint32_t> dimensions;  // ids in Epoch::strings, in the rollup's order
  std::array<std::int64_t, catalog::kMeasureCount> measures{};
  std::array<Hll, catalog::kSketchCount> sketches;
};

struct RollupEventRow {
  std::int32_t partner = 0;
  std::int64_t minute_ms = 0;
  std::uint32_t traffic = 0;
  std::vector<std::uint32_t> dimensions;
  std::int32_t event_type = 0;  // one without a measure
  std::int64_t count = 0;
};

struct RollupRows {
  const catalog::Rollup* rollup = nullptr;
  // In order of partner and minute.
  std::vector<RollupRow> rows;
  std::vector<RollupEventRow> events;
};

// VIEWs of one audience in ten seconds.
struct AudienceRow {
  const catalog::Audience* audience = nullptr;
  std::int32_t partner = 0;
  std::int64_t ten_seconds_ms = 0;        // Unix ms of their start, by event time
  std::uint32_t traffic = 0;              // id in Epoch::strings
  std::vector<std::uint32_t> dimensions;  // ids in Epoch::strings, in the audience's order
  std::int64_t views = 0;
};

enum class Outcome : std::uint8_t {
  kAccepted,
  kDuplicate,
  kRejected,              // `reason` says why
  kImplausiblePlayTimeMs  // not events: milliseconds of watched time that were not credited
};

struct LedgerRow {
  std::int64_t minute_ms = 0;  // of receipt
  std::uint8_t door = 0;       // a v1::Door
  std::int32_t partner = 0;    // 0: not known
  Outcome outcome{};
  int reason = 0;  // a v1::RejectionReason
  std::int64_t count = 0;
};

// A record of the log that is not a valid batch.
struct RejectedBatch {
  int partition = 0;
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0;
  std::int64_t bytes = 0;
  std::string reason;
};

// Offsets [first, next) of a partition that an epoch covers.
struct EpochRange {
  int partition = 0;
  std::int64_t first = 0;
  std::int64_t next = 0;
  // The fencing number under which this writer owns the partition.
  std::int64_t fence = 0;
  // As LogChunk::through_ms when the epoch was frozen.
  std::int64_t through_ms = 0;
};

// What one writer folded from a contiguous range of each of its partitions: frozen, ready to be
// committed.
struct Epoch {
  // Chosen before the first try to commit; settles an unknown COMMIT. Random.
  Id128 token;
  // In partition order. Partitions without new records are left out unless their `through_ms`
  // moved.
  std::vector<EpochRange> ranges;
  std::vector<std::string> strings;  // [0] is empty
  std::vector<FactRow> facts;
  std::vector<FactEventRow> fact_events;
  // One per rollup with a minute tier.
  std::vector<RollupRows> rollups;
  // In order of partner, audience and time.
  std::vector<AudienceRow> audiences;
  std::vector<LedgerRow> ledger;
  std::vector<RejectedBatch> rejected_batches;
};

}  // namespace playhead::aggregator
