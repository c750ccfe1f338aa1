#pragma once

#include <string>
#include <vector>

#include "common/catalog.h"

// The tables of facts and rollups, as they follow from the catalog: what the migrations create, the
// aggregator writes and folds, and query reads. Pure: safe from any thread.
namespace playhead::tables {

// Where a column's value comes from.
enum class Source {
  kEpoch,
  kBucket,     // start of the time bucket
  kBucketEnd,  // day tables: start of the next day in `time_zone`
  kSessionHigh,
  kSessionLow,
  kViewer,
  kKnownUser,  // 0: none
  kPartner,
  kDimension,  // `index` is a catalog::Dimension
  kMeasure,    // `index` is a catalog::Measure; NULL: zero
  kSketch,     // `index` is a catalog::Sketch; NULL: no element
  kEventType,
  kEventCount,
  kTimeZone,  // day tables: the IANA zone of the day
  kAudience,  // name of a catalog::Audience
  kViews,     // VIEWs in ten seconds
  kPeakViewers,
  kPeakHumanViewers,  // of empty `traffic` alone
};

enum class Type { kBigint, kTimestamp, kInteger, kText, kSketch };

struct Column {
  std::string name;
  Type type{};
  bool not_null = true;
  Source source{};
  int index = 0;
};

// The range of buckets that one partition of a table takes, in UTC.
enum class Width { kDay, kMonth, kYear };

struct Table {
  std::string name;
  // In the order of the table: 8-byte values, 4-byte values, texts, so that no bytes are lost to
  // alignment.
  std::vector<Column> columns;
  Width width{};
  // Which epochs write it: 0 commits, 1 folds into quarter hours, 2 folds into days.
  int tier = 0;
  // Number of the migration that creates it.
  int since_migration = 2;
};

Table Facts();
Table FactsEvents();
// rollup_<name>_<grain>. The rollup must have that grain: no minute without `has_minute_tier`.
Table RollupTable(const catalog::Rollup& rollup, catalog::Grain grain);
// rollup_<name>_events_<grain>
Table RollupEventsTable(const catalog::Rollup& rollup, catalog::Grain grain);
// VIEWs per ten seconds, of every audience.
Table AudienceTenSeconds();
// The most of them in each quarter hour. Several rows may be of one key: the greatest counts.
Table PeakQuarterHour();
// The grains that the rollup is stored at.
std::vector<catalog::Grain> GrainsOf(const catalog::Rollup& rollup);
// All of the above.
std::vector<Table> AllTables();

// `<name>` or `<name>_id`.
std::string ColumnName(catalog::Dimension dimension);
// As in CREATE TABLE, without NOT NULL.
std::string SqlType(const Column& column);
// day, month, year
std::string WidthName(Width width);

}  // namespace playhead::tables
