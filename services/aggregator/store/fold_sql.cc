#include "services/aggregator/store/fold_sql.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace playhead::aggregator {
namespace {

using catalog::Grain;
using tables::Column;
using tables::Source;

constexpr char kQuarterHour[] =
    "date_bin('15 minutes', s.bucket, timestamptz '2000-01-01 00:00+00')";

constexpr char kDayJoin[] = R"sql(
  LEFT JOIN unnest($5::integer[], $6::text[]) AS z (partner, time_zone) ON z.partner = s.partner
  JOIN unnest($7::text[], $8::timestamptz[], $9::timestamptz[]) AS d (time_zone, day_start, day_end)
    ON d.time_zone = coalesce(z.time_zone, 'UTC') AND s.bucket >= d.day_start AND s.bucket < d.day_end)sql";

struct Fold {
  tables::Table from;
  tables::Table to;
  Grain grain{};
  // From facts: sketches are made of the hashes that these keep.
  bool from_facts = false;
};

std::string CastOf(const Column& column) {
  return column.type == tables::Type::kInteger ? "::integer" : "::bigint";
}

std::string SketchSql(const Column& column, bool from_facts) {
  if (!from_facts) return absl::StrCat("hll_union_agg(s.", column.name, ")");
  const auto sketch = static_cast<catalog::Sketch>(column.index);
  std::string sql = absl::StrCat("hll_add_agg(s.", std::string(catalog::Info(sketch).fact_column),
                                 "::hll_hashval, ", catalog::kHllLog2m, ", ", catalog::kHllRegwidth,
                                 ", ", catalog::kHllExpthresh, ", ", catalog::kHllSparseon, ")");
  switch (sketch) {
    case catalog::Sketch::kUniqueViewers:
      return absl::StrCat(sql, " FILTER (WHERE coalesce(s.plays, s.resumes, s.views) IS NOT NULL)");
    case catalog::Sketch::kUniqueKnownUsers:
      return absl::StrCat(sql, " FILTER (WHERE s.known_user_hash <> 0)");
    case catalog::Sketch::kUniqueSessions:
      return sql;
  }
  return sql;
}

std::string ValueSql(const Column& column, const Fold& fold) {
  switch (column.source) {
    case Source::kEpoch:
      return "$1::bigint";
    case Source::kBucket:
      return fold.grain == Grain::kDay ? "d.day_start" : kQuarterHour;
    case Source::kBucketEnd:
      return "d.day_end";
    case Source::kTimeZone:
      return "d.time_zone";
    case Source::kMeasure:
    case Source::kEventCount:
      return absl::StrCat("sum(s.", column.name, ")", CastOf(column));
    case Source::kSketch:
      return SketchSql(column, fold.from_facts);
    default:
      return absl::StrCat("s.", column.name);
  }
}

bool IsKey(const Column& column) {
  return column.source != Source::kEpoch && column.source != Source::kMeasure &&
         column.source != Source::kEventCount && column.source != Source::kSketch;
}

// facts_events also has error codes of events that a measure counts.
std::string EventFilter(const Fold& fold) {
  if (!fold.from_facts || fold.from.name != "facts_events") return "";
  std::vector<std::int32_t> counted;
  for (const catalog::MeasureInfo& measure : catalog::Measures()) {
    if (measure.event_type != 0) counted.push_back(measure.event_type);
  }
  return absl::StrCat(" AND s.event_type NOT IN (", absl::StrJoin(counted, ", "), ")");
}

// Rows are written in order of partner and bucket: reads of a partner then touch few blocks.
std::string StatementOf(const Fold& fold) {
  std::vector<std::string> names;
  std::vector<std::string> values;
  std::vector<std::string> keys;
  for (const Column& column : fold.to.columns) {
    names.push_back(column.name);
    values.push_back(ValueSql(column, fold));
    if (IsKey(column)) keys.push_back(values.back());
  }
  return absl::StrCat("INSERT INTO ", fold.to.name, " (", absl::StrJoin(names, ", "), ")\nSELECT ",
                      absl::StrJoin(values, ", "), "\nFROM ", fold.from.name, " s",
                      fold.grain == Grain::kDay ? kDayJoin : "",
                      "\nWHERE s.epoch_id = ANY ($2::bigint[]) AND s.bucket >= $3::timestamptz AND "
                      "s.bucket <= $4::timestamptz",
                      EventFilter(fold), "\nGROUP BY ", absl::StrJoin(keys, ", "),
                      "\nORDER BY s.partner, ",
                      fold.grain == Grain::kDay ? "d.day_start" : kQuarterHour);
}

// Peaks of the keys and quarter hours that the set has rows of, from the rows of all epochs: the
// fold of the last epoch that touches one sees them all. Sums only grow, so of several peaks of one
// key and quarter hour the greatest is right. Every join condition is an equality, so that the join
// is a hash join.
std::string PeakStatement() {
  std::vector<std::string> names = {"partner", "audience"};
  for (const catalog::Dimension dimension : catalog::AudienceDimensions()) {
    names.push_back(tables::ColumnName(dimension));
  }
  const std::string keys = absl::StrJoin(names, ", ");
  const std::string of_rows = absl::StrCat("s.", absl::StrJoin(names, ", s."));
  const std::string touched =
      absl::StrCat("SELECT DISTINCT ", of_rows, ", ", kQuarterHour,
                   " FROM audience_ten_seconds s WHERE s.epoch_id = ANY ($2::bigint[]) AND "
                   "s.bucket >= $3::timestamptz AND s.bucket <= $4::timestamptz");
  return absl::StrCat("INSERT INTO peak_quarter_hour (epoch_id, bucket, ", keys,
                      ", peak_viewers, peak_human_viewers)\nSELECT $1::bigint, quarter_hour, ",
                      keys, R"sql(, max(views)::integer, max(human_views)::integer
FROM (
  SELECT )sql",
                      of_rows, ", ", kQuarterHour, R"sql( AS quarter_hour, sum(s.views) AS views,
         coalesce(sum(s.views) FILTER (WHERE s.traffic = ''), 0) AS human_views
  FROM audience_ten_seconds s
  WHERE s.bucket > $3::timestamptz - interval '15 minutes' AND s.bucket < $4::timestamptz + interval '15 minutes'
    AND ()sql",
                      of_rows, ", ", kQuarterHour, ") IN (", touched, R"sql()
  GROUP BY )sql",
                      of_rows, ", s.bucket\n) counted\nGROUP BY ", keys,
                      ", quarter_hour\nORDER BY partner, audience, quarter_hour");
}

std::vector<Fold> FoldsOf(const catalog::Rollup& rollup, int from_tier) {
  if (from_tier == 1) {
    return {{tables::RollupTable(rollup, Grain::kQuarterHour),
             tables::RollupTable(rollup, Grain::kDay), Grain::kDay},
            {tables::RollupEventsTable(rollup, Grain::kQuarterHour),
             tables::RollupEventsTable(rollup, Grain::kDay), Grain::kDay}};
  }
  const bool from_facts = !rollup.has_minute_tier;
  return {
      {from_facts ? tables::Facts() : tables::RollupTable(rollup, Grain::kMinute),
       tables::RollupTable(rollup, Grain::kQuarterHour), Grain::kQuarterHour, from_facts},
      {from_facts ? tables::FactsEvents() : tables::RollupEventsTable(rollup, Grain::kMinute),
       tables::RollupEventsTable(rollup, Grain::kQuarterHour), Grain::kQuarterHour, from_facts}};
}

}  // namespace

std::vector<std::string> FoldStatements(int from_tier) {
  std::vector<std::string> statements;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    for (const Fold& fold : FoldsOf(rollup, from_tier)) statements.push_back(StatementOf(fold));
  }
  if (from_tier == 0) statements.push_back(PeakStatement());
  return statements;
}

std::vector<tables::Table> FoldTargets(int from_tier) {
  std::vector<tables::Table> targets;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    for (const Fold& fold : FoldsOf(rollup, from_tier)) targets.push_back(fold.to);
  }
  if (from_tier == 0) targets.push_back(tables::PeakQuarterHour());
  return targets;
}

}  // namespace playhead::aggregator
