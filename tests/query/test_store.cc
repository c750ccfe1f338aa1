#include "tests/query/test_store.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/hash.h"
#include "common/strings.h"
#include "services/query/buckets.h"

namespace playhead::query {
namespace {

using catalog::Dimension;
using catalog::Storage;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "test store: %s\n", why.c_str());
  std::abort();
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

std::string Sql(absl::Time time) {
  return Quoted(absl::FormatTime("%Y-%m-%d %H:%M:%S+00", time, absl::UTCTimeZone()));
}

std::string ColumnOf(Dimension dimension) {
  const auto& info = catalog::Info(dimension);
  const std::string name(info.name);
  return info.storage == Storage::kHashedId ? name + "_id" : name;
}

std::string IdOf(const std::string& text) {
  return text.empty() ? "0" : absl::StrCat(static_cast<std::int64_t>(Murmur3(text).low | 1));
}

std::vector<std::string> FactColumns() {
  std::vector<std::string> columns;
  for (int i = 0; i < catalog::kFactDimensionCount; ++i) {
    columns.push_back(ColumnOf(static_cast<Dimension>(i)));
  }
  return columns;
}

std::vector<std::string> RollupColumns(const catalog::Rollup& rollup) {
  std::vector<std::string> columns = {"traffic"};
  for (const Dimension dimension : rollup.dimensions) columns.push_back(ColumnOf(dimension));
  return columns;
}

std::string MeasureNames(const char* prefix = "", const char* suffix = "") {
  return absl::StrJoin(catalog::Measures(), ", ",
                       [&](std::string* out, const catalog::MeasureInfo& info) {
                         absl::StrAppend(out, prefix, ToAbsl(info.name), suffix);
                       });
}

std::vector<std::string> SketchNames(const catalog::Rollup& rollup) {
  std::vector<std::string> names = {"unique_viewers", "unique_sessions"};
  if (rollup.has_known_users) names.emplace_back("unique_known_users");
  return names;
}

std::string Table(const catalog::Rollup& rollup, const char* kind, const char* grain) {
  return absl::StrCat("rollup_", ToAbsl(rollup.name), kind, grain);
}

std::string Sums() {
  return absl::StrJoin(catalog::Measures(), ", ",
                       [](std::string* out, const catalog::MeasureInfo& info) {
                         absl::StrAppend(out, "sum(", ToAbsl(info.name), ")");
                       });
}

std::string MeasureTypes() {
  return absl::StrJoin(catalog::Measures(), ", ",
                       [](std::string* out, const catalog::MeasureInfo& info) {
                         absl::StrAppend(out, "\"", ToAbsl(info.name), "\"");
                       });
}

std::string SketchesOfFacts(const catalog::Rollup& rollup) {
  std::string sql =
      "hll_add_agg(viewer_hash::hll_hashval, 11, 5, -1, 1) FILTER (WHERE COALESCE(plays, 0) + "
      "COALESCE(resumes, 0) + COALESCE(views, 0) > 0), hll_add_agg(session_low::hll_hashval, 11, "
      "5, -1, 1)";
  if (rollup.has_known_users) {
    sql +=
        ", hll_add_agg(known_user_hash::hll_hashval, 11, 5, -1, 1) FILTER (WHERE known_user_hash "
        "<> 0)";
  }
  return sql;
}

std::string SketchesOfRollup(const catalog::Rollup& rollup) {
  return absl::StrJoin(SketchNames(rollup), ", ", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, "hll_union_agg(", name, ")");
  });
}

// Event types that facts count in a measure.
std::string MeasuredTypes() {
  std::vector<int> types;
  for (const auto& info : catalog::Measures()) {
    if (info.event_type != 0) types.push_back(info.event_type);
  }
  return absl::StrJoin(types, ", ");
}

struct FoldStep {
  std::int64_t fold = 0;
  std::string from;         // table
  std::string from_events;  // table
  std::string bucket;       // expression over `r` and `d`
  std::string join;
  std::string where;
  const char* grain = "";
  bool of_facts = false;
};

// One rollup's rows of a fold, and of its companion.
std::string FoldSql(const catalog::Rollup& rollup, const FoldStep& step) {
  const std::string keys = absl::StrJoin(RollupColumns(rollup), ", ");
  const bool is_day = std::string(step.grain) == "day";
  const char* edges = is_day ? ", bucket_end, time_zone" : "";
  const char* edge_values = is_day ? ", d.day_end, d.zone" : "";
  const char* edge_groups = is_day ? ", d.day_end, d.zone" : "";
  std::string sql =
      absl::StrCat("INSERT INTO ", Table(rollup, "_", step.grain), " (epoch_id, bucket, partner, ",
                   keys, ", ", MeasureTypes(), ", ", absl::StrJoin(SketchNames(rollup), ", "),
                   edges, ") SELECT ", step.fold, ", ", step.bucket, ", r.partner, ", keys, ", ",
                   Sums(), ", ", step.of_facts ? SketchesOfFacts(rollup) : SketchesOfRollup(rollup),
                   edge_values, " FROM ", step.from, " r ", step.join, " WHERE ", step.where,
                   " GROUP BY 2, r.partner, ", keys, edge_groups, ";");
  absl::StrAppend(
      &sql, "INSERT INTO ", Table(rollup, "_events_", step.grain), " (epoch_id, bucket, partner, ",
      keys, ", event_type, event_count", edges, ") SELECT ", step.fold, ", ", step.bucket,
      ", r.partner, ", keys, ", event_type, sum(event_count)", edge_values, " FROM ",
      step.from_events, " r ", step.join, " WHERE ", step.where,
      step.of_facts ? absl::StrCat(" AND event_type NOT IN (", MeasuredTypes(), ")") : "",
      " GROUP BY 2, r.partner, ", keys, ", event_type", edge_groups, ";");
  return sql;
}

std::string AudienceColumns() {
  return absl::StrJoin(
      catalog::AudienceDimensions(), ", ",
      [](std::string* out, Dimension dimension) { absl::StrAppend(out, ColumnOf(dimension)); });
}

// A VIEW as a row of an audience.
std::string AudienceValues(const catalog::Audience& audience, const TestEvent& event) {
  std::string row = absl::StrCat(Sql(event.Instant()), ", ", event.partner, ", ",
                                 Quoted(std::string(audience.name)));
  for (const Dimension dimension : catalog::AudienceDimensions()) {
    const bool has = std::find(audience.dimensions.begin(), audience.dimensions.end(), dimension) !=
                     audience.dimensions.end();
    absl::StrAppend(&row, ", ", Quoted(has ? event.dimension(dimension) : ""));
  }
  return absl::StrCat(row, ", ", Quoted(event.dimension(Dimension::kTraffic)), ", 1");
}

std::string Ids(const std::vector<std::int64_t>& epochs) {
  return absl::StrCat("'{", absl::StrJoin(epochs, ","), "}'::bigint[]");
}

}  // namespace

std::int64_t TestEvent::Measure(catalog::Measure measure) const {
  switch (measure) {
    case catalog::Measure::kPlayTimeMs:
      return play_time_ms;
    case catalog::Measure::kBitrateBps:
      return bitrate_bps;
    case catalog::Measure::kBitrateCount:
      return bitrate_bps > 0 ? 1 : 0;
    default:
      return event_type != 0 && catalog::Info(measure).event_type == event_type ? 1 : 0;
  }
}

TestStore::TestStore() {
  auto database = playhead::testing::TestDatabase::Create();
  if (!database.ok()) Die(database.status().ToString());
  database_ = *std::move(database);
  connection_ = database_->Connect();
  if (connection_ == nullptr) Die("no connection");
}

TestStore::~TestStore() = default;

std::string TestStore::dsn() const { return database_->Dsn("playhead_reader"); }
std::string TestStore::dsn_all() const { return database_->Dsn("playhead_reader_all"); }

void TestStore::EnsurePartitions(absl::Time bucket) {
  if (!ensured_.insert(absl::ToUnixSeconds(bucket) / 86'400).second) return;
  Exec(absl::StrCat("SELECT ensure_partition(name, ", Sql(bucket), ") FROM partitioned_tables"));
}

postgres::Rows TestStore::Exec(const std::string& sql) {
  auto rows = connection_->Run(sql);
  if (!rows.ok()) Die(absl::StrCat(rows.status().ToString(), "\n", sql.substr(0, 2000)));
  return *std::move(rows);
}

std::int64_t TestStore::NewEpoch(int tier) {
  const auto rows =
      Exec(absl::StrCat("INSERT INTO epochs (commit_token, tier) VALUES (gen_random_uuid(), ", tier,
                        ") RETURNING epoch_id"));
  return rows.Int(0, 0);
}

void TestStore::SetBuckets(std::int64_t epoch, const std::string& table) {
  Exec(
      absl::StrCat("UPDATE epochs SET least_bucket = b.least, greatest_bucket = b.greatest FROM "
                   "(SELECT min(bucket) AS least, max(bucket) AS greatest FROM ",
                   table, " WHERE epoch_id = ", epoch, ") b WHERE epoch_id = ", epoch));
}

std::int64_t TestStore::Commit(const std::vector<TestEvent>& events) {
  const std::int64_t epoch = NewEpoch(0);
  std::vector<std::string> facts;
  std::vector<std::string> fact_events;
  std::set<std::string> pages;
  std::set<std::string> users;
  for (const TestEvent& event : events) {
    EnsurePartitions(event.minute);
    std::string row = absl::StrCat("(", epoch, ", ", Sql(event.minute), ", ", event.partner, ", ",
                                   event.session * 7, ", ", event.session, ", ", event.viewer, ", ",
                                   event.known_user);
    for (int i = 0; i < catalog::kFactDimensionCount; ++i) {
      const auto dimension = static_cast<Dimension>(i);
      const std::string& text = event.dimension(dimension);
      const bool is_id = catalog::Info(dimension).storage == Storage::kHashedId;
      absl::StrAppend(&row, ", ", is_id ? IdOf(text) : Quoted(text));
      if (!is_id || text.empty()) continue;
      (dimension == Dimension::kPage ? pages : users)
          .insert(absl::StrCat("(", event.partner, ", ", IdOf(text), ", ", Quoted(text), ")"));
    }
    std::string fact = row;
    for (const auto& info : catalog::Measures()) {
      const std::int64_t value = event.Measure(info.id);
      absl::StrAppend(&fact, ", ", value == 0 ? "NULL" : absl::StrCat(value));
    }
    facts.push_back(fact + ")");
    const std::string& error_code = event.dimension(Dimension::kErrorCode);
    if (!catalog::MeasureOfEventType(event.event_type).has_value() || !error_code.empty()) {
      fact_events.push_back(
          absl::StrCat(row, ", ", event.event_type, ", ", Quoted(error_code), ", 1)"));
    }
  }
  const std::string keys = absl::StrCat(
      "epoch_id, bucket, partner, session_high, session_low, viewer_hash, known_user_hash, ",
      absl::StrJoin(FactColumns(), ", "));
  const auto insert = [&](const std::string& into, const auto& rows) {
    if (rows.empty()) return;
    Exec(absl::StrCat("INSERT INTO ", into, " VALUES ", absl::StrJoin(rows, ", "),
                      into.starts_with("facts") ? "" : " ON CONFLICT DO NOTHING"));
  };
  insert(absl::StrCat("facts (", keys, ", ", MeasureNames(), ")"), facts);
  insert(absl::StrCat("facts_events (", keys, ", event_type, error_code, event_count)"),
         fact_events);
  insert("pages", pages);
  insert("users", users);
  for (const auto& rollup : catalog::Rollups()) {
    if (!rollup.has_minute_tier) continue;
    Exec(FoldSql(rollup, {.fold = epoch,
                          .from = "facts",
                          .from_events = "facts_events",
                          .bucket = "r.bucket",
                          .join = "",
                          .where = absl::StrCat("r.epoch_id = ", epoch),
                          .grain = "minute",
                          .of_facts = true}));
  }
  CommitAudiences(epoch, events);
  SetBuckets(epoch, "facts");
  return epoch;
}

void TestStore::CommitAudiences(std::int64_t epoch, const std::vector<TestEvent>& events) {
  std::vector<std::string> rows;
  for (const TestEvent& event : events) {
    if (event.Measure(catalog::Measure::kViews) == 0) continue;
    for (const auto& audience : catalog::Audiences()) {
      rows.push_back(absl::StrCat("(", epoch, ", ", AudienceValues(audience, event), ")"));
    }
  }
  if (rows.empty()) return;
  Exec(absl::StrCat("INSERT INTO audience_ten_seconds (epoch_id, bucket, partner, audience, ",
                    AudienceColumns(), ", traffic, views) VALUES ", absl::StrJoin(rows, ", ")));
}

// Of the rows of all folded epochs, in the quarters that these epochs touch.
void TestStore::FoldPeaks(std::int64_t fold, const std::vector<std::int64_t>& epochs) {
  const std::string quarter = "date_bin('15 minutes', bucket, '2000-01-01 00:00+00')";
  const std::string keys = absl::StrCat("partner, audience, ", AudienceColumns());
  Exec(absl::StrCat(
      "INSERT INTO peak_quarter_hour (epoch_id, bucket, ", keys,
      ", peak_viewers, peak_human_viewers) SELECT ", fold, ", ", quarter, ", ", keys,
      ", max(every), max(human) FROM (SELECT bucket, ", keys, ", sum(views) AS every, ",
      "COALESCE(sum(views) FILTER (WHERE traffic = ''), 0) AS human FROM audience_ten_seconds r "
      "JOIN epochs e USING (epoch_id) WHERE e.folded_by IS NOT NULL AND ",
      quarter, " IN (SELECT ", quarter, " FROM audience_ten_seconds WHERE epoch_id = ANY (",
      Ids(epochs), ")) GROUP BY bucket, ", keys, ") s GROUP BY ", quarter, ", ", keys));
}

std::int64_t TestStore::FoldQuarters(const std::vector<std::int64_t>& epochs) {
  const std::int64_t fold = NewEpoch(1);
  for (const auto& rollup : catalog::Rollups()) {
    const bool of_facts = !rollup.has_minute_tier;
    Exec(FoldSql(rollup,
                 {.fold = fold,
                  .from = of_facts ? "facts" : Table(rollup, "_", "minute"),
                  .from_events = of_facts ? "facts_events" : Table(rollup, "_events_", "minute"),
                  .bucket = "date_bin('15 minutes', r.bucket, '2000-01-01 00:00+00')",
                  .join = "",
                  .where = absl::StrCat("r.epoch_id = ANY (", Ids(epochs), ")"),
                  .grain = "quarter_hour",
                  .of_facts = of_facts}));
  }
  Exec(absl::StrCat("UPDATE epochs SET folded_by = ", fold, " WHERE epoch_id = ANY (", Ids(epochs),
                    ")"));
  FoldPeaks(fold, epochs);
  SetBuckets(fold, "rollup_partner_quarter_hour");
  return fold;
}

std::int64_t TestStore::FoldDays(const std::vector<std::int64_t>& epochs,
                                 const std::map<int, std::string>& zones) {
  const std::int64_t fold = NewEpoch(2);
  const auto bounds = Exec(absl::StrCat(
      "SELECT extract(epoch FROM min(bucket))::bigint, extract(epoch FROM max(bucket))::bigint "
      "FROM rollup_partner_quarter_hour WHERE epoch_id = ANY (",
      Ids(epochs), ")"));
  if (bounds.IsNull(0, 0)) Die("no quarters to fold");
  const std::int64_t least = bounds.Int(0, 0);
  const std::int64_t greatest = bounds.Int(0, 1);
  std::vector<std::string> days;
  for (const auto& [partner, zone] : zones) {
    const auto edges = DayEdges({absl::FromUnixSeconds(least), absl::FromUnixSeconds(greatest + 1)},
                                FindTimeZone(zone).value());
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
      EnsurePartitions(edges[i]);
      days.push_back(absl::StrCat("(", partner, ", ", Sql(edges[i]), "::timestamptz, ",
                                  Sql(edges[i + 1]), "::timestamptz, ", Quoted(zone), ")"));
    }
  }
  for (const auto& rollup : catalog::Rollups()) {
    Exec(
        FoldSql(rollup, {.fold = fold,
                         .from = Table(rollup, "_", "quarter_hour"),
                         .from_events = Table(rollup, "_events_", "quarter_hour"),
                         .bucket = "d.day_start",
                         .join = absl::StrCat("JOIN (VALUES ", absl::StrJoin(days, ", "),
                                              ") d(partner, day_start, day_end, zone) ON d.partner "
                                              "= r.partner AND r.bucket >= d.day_start AND "
                                              "r.bucket < d.day_end"),
                         .where = absl::StrCat("r.epoch_id = ANY (", Ids(epochs), ")"),
                         .grain = "day",
                         .of_facts = false}));
  }
  Exec(absl::StrCat("UPDATE epochs SET folded_by = ", fold, " WHERE epoch_id = ANY (", Ids(epochs),
                    ")"));
  SetBuckets(fold, "rollup_partner_day");
  return fold;
}

void TestStore::SetOffset(int partition, std::int64_t next, absl::Time through) {
  Exec(absl::StrCat("INSERT INTO log_offsets (partition, next_offset, through_at) VALUES (",
                    partition, ", ", next, ", ", Sql(through),
                    ") ON CONFLICT (partition) DO UPDATE SET next_offset = EXCLUDED.next_offset, "
                    "through_at = EXCLUDED.through_at"));
}

void TestStore::SetZone(int partner, const std::string& zone, std::int64_t zone_epoch_id) {
  Exec(absl::StrCat("INSERT INTO partners VALUES (", partner, ", ", Quoted(zone), ", ",
                    zone_epoch_id,
                    ") ON CONFLICT (partner) DO UPDATE SET time_zone = EXCLUDED.time_zone, "
                    "zone_epoch_id = EXCLUDED.zone_epoch_id"));
}

void TestStore::SetCompleteAfter(const std::string& rollup, absl::Time bucket) {
  Exec(absl::StrCat("UPDATE rollup_state SET complete_after = ", Sql(bucket),
                    " WHERE rollup = ", Quoted(rollup)));
}

}  // namespace playhead::query
