#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// The one table of dimensions, numbers, measures, sketches, rollups and metrics. The columns of the
// store, the folds, the planner and the dictionaries all follow from it. Constant data: safe from
// any thread.
namespace playhead::catalog {

// A text dimension of an event, as carried by EventBatch and kept in facts. The number is its wire
// id: never reused.
enum class Dimension : std::uint8_t {
  kEntry = 0,
  kDevice = 1,
  kOperatingSystem = 2,
  kOperatingSystemFamily = 3,
  kBrowser = 4,
  kBrowserFamily = 5,
  kCountry = 6,
  kRegion = 7,
  kCity = 8,
  kIsp = 9,
  kDomain = 10,
  kPage = 11,
  kApplication = 12,
  kPlaybackContext = 13,
  kCustomVar1 = 14,
  kCustomVar2 = 15,
  kCustomVar3 = 16,
  kPlaybackType = 17,
  kDeliveryType = 18,
  kPlayerVersion = 19,
  kUiConf = 20,
  kUser = 21,
  kVirtualEvent = 22,
  kPlaylist = 23,
  kTraffic = 24,
  // Of single events only: in facts_events, never in facts or rollups.
  kErrorCode = 25,
};
inline constexpr int kDimensionCount = 26;
// Dimensions below this one are keys of facts.
inline constexpr int kFactDimensionCount = 25;

// How a dimension is stored.
enum class Storage : std::uint8_t {
  kText,      // text COLLATE "C" NOT NULL
  kHashedId,  // bigint NOT NULL: a keyed hash into an append-only table of texts, 0 = unknown
};

struct DimensionInfo {
  Dimension id{};
  // The API's name and the column's; a kHashedId column is `<name>_id`.
  std::string_view name;
  // Other accepted names, separated by spaces.
  std::string_view aliases;
  Storage storage = Storage::kText;
  // Longest stored value in bytes; longer ones are cut.
  int max_bytes = 256;
  // `client`: as the player says it; `server`: derived by ingest.
  std::string_view source;
  std::string_view description;
};
// In order of id.
std::span<const DimensionInfo> Dimensions();
const DimensionInfo& Info(Dimension id);

// A number of an event, as carried by EventBatch. The number is its wire id: never reused.
enum class Number : std::uint8_t {
  kPlayTimeSumMs = 0,
  kBufferTimeMs = 1,
  kJoinTimeMs = 2,
  kBitrateBps = 3,
  kPlaybackSpeedPpm = 4,
};
inline constexpr int kNumberCount = 5;

// A stored column of facts and rollups: a partial sum.
enum class Measure : std::uint8_t {
  kImpressions,
  kPlayRequests,
  kPlays,
  kResumes,
  kPlayThrough25,
  kPlayThrough50,
  kPlayThrough75,
  kPlayThrough90,
  kPlayThrough100,
  kPauses,
  kSeeks,
  kReplays,
  kBufferStarts,
  kErrors,
  kViews,
  kPlayTimeMs,
  kBufferTimeMs,
  kJoinTimeMs,
  kJoinCount,
  kBitrateBps,
  kBitrateCount,
};
inline constexpr int kMeasureCount = 21;

struct MeasureInfo {
  Measure id{};
  // Column name.
  std::string_view name;
  // The event type it counts; 0: not a count of events.
  std::int32_t event_type = 0;
  // int4 at minute and quarter grain (checked by the aggregator), bigint at day; else bigint
  // everywhere.
  bool is_count = true;
};
// In order of id.
std::span<const MeasureInfo> Measures();
const MeasureInfo& Info(Measure id);
// The measure that counts this event type; nullopt: it is counted by a row of the `_events`
// companion.
std::optional<Measure> MeasureOfEventType(std::int32_t event_type);

// Distinct counts. The input is a 64-bit hash kept in facts.
enum class Sketch : std::uint8_t {
  kUniqueViewers,     // viewers of PLAY, RESUME and VIEW
  kUniqueSessions,    // sessions of all events
  kUniqueKnownUsers,  // verified users of all events; only in rollups with `has_known_users`
};
inline constexpr int kSketchCount = 3;
struct SketchInfo {
  Sketch id{};
  // Column name in rollups.
  std::string_view name;
  // Column of facts that holds the hash.
  std::string_view fact_column;
};
std::span<const SketchInfo> Sketches();
const SketchInfo& Info(Sketch id);

// Parameters of every sketch; the column type is hll(kHllLog2m, kHllRegwidth, kHllExpthresh,
// kHllSparseon).
inline constexpr int kHllLog2m = 11;
inline constexpr int kHllRegwidth = 5;
inline constexpr int kHllExpthresh = -1;
inline constexpr int kHllSparseon = 1;

// A stored aggregation. Every rollup has `partner` and `traffic` as keys besides `dimensions`.
struct Rollup {
  // Tables are rollup_<name>_<grain> and rollup_<name>_events_<grain>.
  std::string_view name;
  std::span<const Dimension> dimensions;
  // Written by every epoch at minute grain. Else of many keys: made from facts at quarter grain,
  // and its minute questions go to facts.
  bool has_minute_tier = true;
  bool has_known_users = false;
  // Number of the migration that creates its tables.
  int since_migration = 2;
};
std::span<const Rollup> Rollups();

// A set of dimensions whose concurrent viewers are kept: the VIEWs of each ten seconds, and their
// peak per quarter hour. `traffic` is a key, too.
struct Audience {
  // The value of the column `audience` in audience_ten_seconds and peak_quarter_hour.
  std::string_view name;
  std::span<const Dimension> dimensions;
};
std::span<const Audience> Audiences();
// The dimensions of all audiences, each once: columns of both tables, empty where an audience does
// not have them.
std::span<const Dimension> AudienceDimensions();
inline constexpr std::int64_t kTenSecondsMs = 10'000;
inline constexpr int kTenSecondsPerMinute = 6;
inline constexpr int kAudienceMigration = 5;

// Grains of stored rows.
enum class Grain : std::uint8_t { kMinute, kQuarterHour, kDay };
// minute, quarter_hour, day: as in table names.
std::string_view GrainName(Grain grain);

// What a metric is made of.
enum class MetricKind : std::uint8_t {
  kMeasure,    // sum of `numerator`, divided by `scale`
  kEventType,  // count of `event_type`, kept by the `_events` companion
  kEvents,     // count of all events
  kRatio,      // sum of `numerator` / sum of `denominator` / scale; 0/0 is null
  kQuartiles,  // sum of 25, 50, 75 and 100 over 4 plays
  kSketch,     // distinct count
  kViewers,    // sum of `numerator` per ten seconds; over a longer bucket the mean
  kPeak,       // the greatest sum of `numerator` in any ten seconds
};

struct Metric {
  std::string_view name;
  // Other accepted names, separated by spaces: Kaltura's lexicons.
  std::string_view aliases;
  MetricKind kind = MetricKind::kMeasure;
  // count, s, min, ratio, kbps.
  std::string_view unit;
  Measure numerator{};
  Measure denominator{};
  std::int32_t event_type = 0;
  Sketch sketch{};
  // Stored units in one unit of the metric. For kRatio: of the quotient.
  double scale = 1;
  // In words, with the ids of the events it is made of.
  std::string_view formula;
};
std::span<const Metric> Metrics();

// By name or alias, case-sensitive; null: no such.
const Metric* FindMetric(std::string_view name);
const DimensionInfo* FindDimension(std::string_view name);

// Kaltura's server name of an event type (`shareClicked`); empty where it has none.
std::string_view EventTypeName(std::int32_t event_type);

}  // namespace playhead::catalog
