#include "tools/catalog_ddl.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/tables.h"

namespace playhead::tools {
namespace {

constexpr char kFirstHead[] =
    R"sql(-- Tables of facts and rollups. Generated from the catalog by catalog_ddl: change the catalog, not this file.
-- facts: one row per epoch, playback, minute and distinct dimension values; facts_events: its event types without a
-- measure, and error codes. rollup_<name>_<grain>: partial sums per epoch, partner, bucket (UTC; days are of the
-- partner's zone) and dimensions; rollup_<name>_events_<grain>: its event types without a measure. Written by the
-- aggregator (commits and folds), read by query. Readers sum; NULL is zero.
SET LOCAL ROLE playhead_owner;
)sql";

constexpr char kLaterHead[] =
    R"sql(-- More tables of rollups, and audiences. Generated from the catalog by catalog_ddl: change the catalog, not this file.
-- audience_ten_seconds: VIEWs per epoch, audience (a set of dimensions; the others are empty), ten seconds and
-- dimensions. peak_quarter_hour: the most of them in a quarter hour; of several rows of one key the greatest counts.
SET LOCAL ROLE playhead_owner;
)sql";

std::string CreateTable(const tables::Table& table) {
  std::string sql = absl::StrCat("\nCREATE TABLE ", table.name, " (\n");
  const char* separator = "  ";
  for (const tables::Column& column : table.columns) {
    absl::StrAppend(&sql, separator, column.name, " ", tables::SqlType(column),
                    column.not_null ? " NOT NULL" : "");
    separator = ",\n  ";
  }
  absl::StrAppend(&sql, "\n) PARTITION BY RANGE (bucket);\n");
  return sql;
}

bool HasColumn(const tables::Table& table, tables::Source source) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const tables::Column& column) { return column.source == source; });
}

// What is folded further is found by its epoch (BRIN, over a narrow range of buckets); the rest is
// read by partner and time only.
std::string CreateIndexes(const tables::Table& table) {
  const bool is_audience = HasColumn(table, tables::Source::kAudience);
  std::string sql = absl::StrCat("CREATE INDEX ON ", table.name, " (partner, ",
                                 is_audience ? "audience, " : "", "bucket);\n");
  if (table.tier < 2 && !HasColumn(table, tables::Source::kPeakViewers)) {
    absl::StrAppend(&sql, "CREATE INDEX ON ", table.name,
                    " USING brin (epoch_id) WITH (pages_per_range = 16, autosummarize = on);\n");
  }
  return sql;
}

std::string Secure(const tables::Table& table) {
  const std::string& name = table.name;
  return absl::StrCat(
      "ALTER TABLE ", name, " ENABLE ROW LEVEL SECURITY;\n", "CREATE POLICY of_partner ON ", name,
      " FOR SELECT TO playhead_reader USING (partner = playhead_partner());\n",
      "CREATE POLICY of_all ON ", name, " FOR SELECT TO playhead_reader_all USING (true);\n",
      "GRANT SELECT ON ", name, " TO playhead_reader, playhead_reader_all;\n",
      "GRANT SELECT, INSERT ON ", name, " TO playhead_writer;\n",
      "INSERT INTO partitioned_tables (name, width, tier) VALUES ('", name, "', '",
      tables::WidthName(table.width), "', ", table.tier, ");\n");
}

// Rows of rollup_state. What a later migration creates lacks the epochs before it.
std::string InsertState(int migration) {
  std::vector<std::string> names;
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    if (rollup.since_migration == migration) {
      names.push_back(absl::StrCat("('", std::string(rollup.name), "')"));
    }
  }
  if (migration == 2) {
    return absl::StrCat("\nINSERT INTO rollup_state (rollup) VALUES ", absl::StrJoin(names, ", "),
                        ";\n");
  }
  if (migration == catalog::kAudienceMigration) names.emplace_back("('audience')");
  return absl::StrCat(
      "\nINSERT INTO rollup_state (rollup, from_epoch_id, complete_after)\n"
      "SELECT name, coalesce(max(epoch_id), 0) + 1, coalesce(max(greatest_bucket), '-infinity')\n"
      "FROM (VALUES ",
      absl::StrJoin(names, ", "), ") AS added (name) LEFT JOIN epochs ON true GROUP BY name;\n");
}

}  // namespace

std::string CatalogDdl(int migration) {
  std::string sql = migration == 2 ? kFirstHead : kLaterHead;
  for (const tables::Table& table : tables::AllTables()) {
    if (table.since_migration != migration) continue;
    absl::StrAppend(&sql, CreateTable(table), CreateIndexes(table), Secure(table));
  }
  return sql + InsertState(migration);
}

}  // namespace playhead::tools
