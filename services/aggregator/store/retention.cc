#include "services/aggregator/store/retention.h"

#include <array>

#include "common/status_macros.h"
#include "common/tables.h"

namespace playhead::aggregator {
namespace {

constexpr std::string_view kLockNotAvailable = "55P03";

constexpr char kListSql[] = R"sql(
  SELECT parent, partition, lower_bound, extract(epoch FROM upper_bound)::bigint
  FROM list_partitions() ORDER BY lower_bound, parent
)sql";

constexpr char kDeleteRejectedSql[] =
    "DELETE FROM rejected_batches WHERE append_time < to_timestamp($1::bigint)";

// False: it stays for now.
absl::StatusOr<bool> Drop(postgres::Connection& connection, std::string_view parent,
                          std::string_view lower_bound) {
  const std::array<postgres::Param, 2> params = {std::string(parent), std::string(lower_bound)};
  const auto rows = connection.Run("SELECT drop_partition($1, $2::timestamptz)", params);
  if (rows.ok()) return rows->Text(0, 0) == "t";
  if (postgres::SqlStateOf(rows.status()) == kLockNotAvailable) return false;
  return rows.status();
}

}  // namespace

std::map<std::string, absl::Duration> RetentionByTable(const Retention& retention) {
  std::map<std::string, absl::Duration> by_table = {{"ledger", retention.ledger}};
  const std::array<absl::Duration, 3> by_tier = {retention.minute, retention.quarter_hour,
                                                 retention.day};
  for (const tables::Table& table : tables::AllTables()) {
    by_table[table.name] = by_tier[static_cast<std::size_t>(table.tier)];
  }
  by_table["audience_ten_seconds"] = retention.ten_seconds;
  by_table["facts"] = retention.facts;
  by_table["facts_events"] = retention.facts;
  return by_table;
}

absl::StatusOr<RetentionResult> DropOldPartitions(postgres::Connection& connection,
                                                  const Retention& retention, absl::Time now) {
  const auto by_table = RetentionByTable(retention);
  RetentionResult result;
  ASSIGN_OR_RETURN(const postgres::Rows rows, connection.Run(kListSql));
  for (int row = 0; row < rows.size(); ++row) {
    const auto kept_for = by_table.find(std::string(rows.Text(row, 0)));
    const absl::Time end = absl::FromUnixSeconds(rows.Int(row, 3));
    if (kept_for == by_table.end() || end > now - kept_for->second) continue;
    ASSIGN_OR_RETURN(const bool is_dropped, Drop(connection, rows.Text(row, 0), rows.Text(row, 2)));
    (is_dropped ? result.dropped : result.kept).emplace_back(rows.Text(row, 1));
  }
  const std::array<postgres::Param, 1> params = {
      std::to_string(absl::ToUnixSeconds(now - retention.ledger))};
  RETURN_IF_ERROR(connection.Run(kDeleteRejectedSql, params).status());
  return result;
}

}  // namespace playhead::aggregator
