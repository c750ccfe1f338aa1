#include "tools/catalog_ddl.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/tables.h"

namespace playhead::tools {
namespace {

constexpr char kHead[] =
    R"sql(-- Tables of facts and rollups. Generated from the catalog by catalog_ddl: change the catalog, not this file.
-- facts: one row per epoch, playback, minute and distinct dimension values; facts_events: its event types without a
-- measure, and error codes. rollup_<name>_<grain>: partial sums per epoch, partner, bucket (UTC; days are of the
-- partner's zone) and dimensions; rollup_<name>_events_<grain>: its event types without a measure. Written by the
-- aggregator (commits and folds), read by query. Readers sum; NULL is zero.
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

// At the finest grain epochs are found by BRIN; folded tiers are read by partner and time only, and
// folded by epoch over a narrow range of buckets.
std::string CreateIndexes(const tables::Table& table) {
  std::string sql = absl::StrCat("CREATE INDEX ON ", table.name, " (partner, bucket);\n");
  if (table.tier < 2) {
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

}  // namespace

std::string CatalogDdl() {
  std::string sql = kHead;
  for (const tables::Table& table : tables::AllTables()) {
    absl::StrAppend(&sql, CreateTable(table), CreateIndexes(table), Secure(table));
  }
  absl::StrAppend(&sql, "\nINSERT INTO rollup_state (rollup) VALUES ",
                  absl::StrJoin(catalog::Rollups(), ", ",
                                [](std::string* out, const catalog::Rollup& rollup) {
                                  absl::StrAppend(out, "('", std::string(rollup.name), "')");
                                }),
                  ";\n");
  return sql;
}

}  // namespace playhead::tools
