#include "common/tables.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace playhead::tables {
namespace {

using catalog::Grain;

// Sorts columns by alignment; values that may be absent come after those that cannot, so that these
// have fixed places.
int Place(const Column& column) {
  switch (column.type) {
    case Type::kBigint:
    case Type::kTimestamp:
      return column.not_null ? 0 : 1;
    case Type::kInteger:
      return column.not_null ? 2 : 3;
    case Type::kText:
      return 4;
    case Type::kSketch:
      return 5;
  }
  return 6;
}

void Sort(std::vector<Column>& columns) {
  std::stable_sort(columns.begin(), columns.end(),
                   [](const Column& a, const Column& b) { return Place(a) < Place(b); });
}

Column DimensionColumn(catalog::Dimension dimension) {
  const bool is_text = catalog::Info(dimension).storage == catalog::Storage::kText;
  return {.name = ColumnName(dimension),
          .type = is_text ? Type::kText : Type::kBigint,
          .source = Source::kDimension,
          .index = static_cast<int>(dimension)};
}

void AddMeasures(std::vector<Column>& columns, bool wide) {
  for (const catalog::MeasureInfo& measure : catalog::Measures()) {
    columns.push_back({.name = std::string(measure.name),
                       .type = measure.is_count && !wide ? Type::kInteger : Type::kBigint,
                       .not_null = false,
                       .source = Source::kMeasure,
                       .index = static_cast<int>(measure.id)});
  }
}

std::vector<Column> FactKeys() {
  std::vector<Column> columns = {
      {"epoch_id", Type::kBigint, true, Source::kEpoch},
      {"bucket", Type::kTimestamp, true, Source::kBucket},
      {"session_high", Type::kBigint, true, Source::kSessionHigh},
      {"session_low", Type::kBigint, true, Source::kSessionLow},
      {"viewer_hash", Type::kBigint, true, Source::kViewer},
      {"known_user_hash", Type::kBigint, true, Source::kKnownUser},
      {"partner", Type::kInteger, true, Source::kPartner},
  };
  for (int i = 0; i < catalog::kFactDimensionCount; ++i) {
    columns.push_back(DimensionColumn(static_cast<catalog::Dimension>(i)));
  }
  return columns;
}

std::vector<Column> RollupKeys(const catalog::Rollup& rollup, Grain grain) {
  std::vector<Column> columns = {
      {"epoch_id", Type::kBigint, true, Source::kEpoch},
      {"bucket", Type::kTimestamp, true, Source::kBucket},
      {"partner", Type::kInteger, true, Source::kPartner},
  };
  for (const catalog::Dimension dimension : rollup.dimensions) {
    columns.push_back(DimensionColumn(dimension));
  }
  columns.push_back(DimensionColumn(catalog::Dimension::kTraffic));
  if (grain == Grain::kDay) {
    columns.push_back({"bucket_end", Type::kTimestamp, true, Source::kBucketEnd});
    columns.push_back({"time_zone", Type::kText, true, Source::kTimeZone});
  }
  return columns;
}

void AddEvents(std::vector<Column>& columns, bool wide) {
  columns.push_back({"event_type", Type::kInteger, true, Source::kEventType});
  columns.push_back(
      {"event_count", wide ? Type::kBigint : Type::kInteger, true, Source::kEventCount});
}

std::vector<Column> AudienceKeys() {
  std::vector<Column> columns = {
      {"epoch_id", Type::kBigint, true, Source::kEpoch},
      {"bucket", Type::kTimestamp, true, Source::kBucket},
      {"partner", Type::kInteger, true, Source::kPartner},
      {"audience", Type::kText, true, Source::kAudience},
  };
  for (const catalog::Dimension dimension : catalog::AudienceDimensions()) {
    columns.push_back(DimensionColumn(dimension));
  }
  return columns;
}

Table Finish(std::string name, std::vector<Column> columns, Grain grain, int since_migration) {
  Sort(columns);
  switch (grain) {
    case Grain::kMinute:
      return {std::move(name), std::move(columns), Width::kDay, 0, since_migration};
    case Grain::kQuarterHour:
      return {std::move(name), std::move(columns), Width::kMonth, 1, since_migration};
    case Grain::kDay:
      return {std::move(name), std::move(columns), Width::kYear, 2, since_migration};
  }
  return {};
}

std::string TableName(const catalog::Rollup& rollup, const char* kind, Grain grain) {
  return absl::StrCat("rollup_", std::string(rollup.name), kind, "_",
                      std::string(catalog::GrainName(grain)));
}

}  // namespace

Table Facts() {
  std::vector<Column> columns = FactKeys();
  AddMeasures(columns, false);
  return Finish("facts", std::move(columns), Grain::kMinute, 2);
}

Table FactsEvents() {
  std::vector<Column> columns = FactKeys();
  columns.push_back(DimensionColumn(catalog::Dimension::kErrorCode));
  AddEvents(columns, false);
  return Finish("facts_events", std::move(columns), Grain::kMinute, 2);
}

Table RollupTable(const catalog::Rollup& rollup, Grain grain) {
  std::vector<Column> columns = RollupKeys(rollup, grain);
  AddMeasures(columns, grain == Grain::kDay);
  for (const catalog::SketchInfo& sketch : catalog::Sketches()) {
    if (sketch.id == catalog::Sketch::kUniqueKnownUsers && !rollup.has_known_users) continue;
    columns.push_back({.name = std::string(sketch.name),
                       .type = Type::kSketch,
                       .not_null = false,
                       .source = Source::kSketch,
                       .index = static_cast<int>(sketch.id)});
  }
  return Finish(TableName(rollup, "", grain), std::move(columns), grain, rollup.since_migration);
}

Table RollupEventsTable(const catalog::Rollup& rollup, Grain grain) {
  std::vector<Column> columns = RollupKeys(rollup, grain);
  AddEvents(columns, grain == Grain::kDay);
  return Finish(TableName(rollup, "_events", grain), std::move(columns), grain,
                rollup.since_migration);
}

Table AudienceTenSeconds() {
  std::vector<Column> columns = AudienceKeys();
  columns.push_back(DimensionColumn(catalog::Dimension::kTraffic));
  columns.push_back({"views", Type::kInteger, true, Source::kViews});
  return Finish("audience_ten_seconds", std::move(columns), Grain::kMinute,
                catalog::kAudienceMigration);
}

Table PeakQuarterHour() {
  std::vector<Column> columns = AudienceKeys();
  columns.push_back({"peak_viewers", Type::kInteger, true, Source::kPeakViewers});
  columns.push_back({"peak_human_viewers", Type::kInteger, true, Source::kPeakHumanViewers});
  return Finish("peak_quarter_hour", std::move(columns), Grain::kQuarterHour,
                catalog::kAudienceMigration);
}

std::vector<Grain> GrainsOf(const catalog::Rollup& rollup) {
  if (rollup.has_minute_tier) return {Grain::kMinute, Grain::kQuarterHour, Grain::kDay};
  return {Grain::kQuarterHour, Grain::kDay};
}

std::vector<Table> AllTables() {
  std::vector<Table> tables = {Facts(), FactsEvents()};
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    for (const Grain grain : GrainsOf(rollup)) {
      tables.push_back(RollupTable(rollup, grain));
      tables.push_back(RollupEventsTable(rollup, grain));
    }
  }
  tables.push_back(AudienceTenSeconds());
  tables.push_back(PeakQuarterHour());
  return tables;
}

std::string ColumnName(catalog::Dimension dimension) {
  const catalog::DimensionInfo& info = catalog::Info(dimension);
  return absl::StrCat(std::string(info.name),
                      info.storage == catalog::Storage::kHashedId ? "_id" : "");
}

std::string SqlType(const Column& column) {
  switch (column.type) {
    case Type::kBigint:
      return "bigint";
    case Type::kTimestamp:
      return "timestamptz";
    case Type::kInteger:
      return "integer";
    case Type::kText:
      return "text COLLATE \"C\"";
    case Type::kSketch:
      return absl::StrCat("hll(", catalog::kHllLog2m, ",", catalog::kHllRegwidth, ",",
                          catalog::kHllExpthresh, ",", catalog::kHllSparseon, ")");
  }
  return "";
}

std::string WidthName(Width width) {
  switch (width) {
    case Width::kDay:
      return "day";
    case Width::kMonth:
      return "month";
    case Width::kYear:
      return "year";
  }
  return "";
}

}  // namespace playhead::tables
