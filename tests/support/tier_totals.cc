#include "tests/support/tier_totals.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/tables.h"

namespace playhead::testing {
namespace {

using catalog::Grain;

constexpr char kMarksSql[] = R"sql(
  SELECT (SELECT coalesce(sum(next_offset), 0) FROM log_offsets),
         ARRAY(SELECT epoch_id FROM epochs WHERE tier = 0 AND folded_by IS NULL),
         ARRAY(SELECT epoch_id FROM epochs WHERE tier = 1 AND folded_by IS NULL)
)sql";

std::string SumSql(const std::string& value, const tables::Table& fine,
                   const tables::Table& quarter_hour, const tables::Table& day) {
  return absl::StrCat(
      "SELECT coalesce(sum(v), 0) FROM (SELECT ", value, "::bigint AS v FROM ", fine.name,
      " WHERE epoch_id = ANY ($1::bigint[]) UNION ALL SELECT ", value, " FROM ", quarter_hour.name,
      " WHERE epoch_id = ANY ($2::bigint[]) UNION ALL SELECT ", value, " FROM ", day.name, ") s");
}

absl::StatusOr<TierTotals> ReadInTransaction(postgres::Connection& connection) {
  TierTotals totals;
  ASSIGN_OR_RETURN(const postgres::Rows marks, connection.Run(kMarksSql));
  totals.offsets = marks.Int(0, 0);
  const std::array<postgres::Param, 2> params = {std::string(marks.Text(0, 1)),
                                                 std::string(marks.Text(0, 2))};
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    const bool minutes = rollup.has_minute_tier;
    const auto plays = connection.Run(
        SumSql("plays", minutes ? tables::RollupTable(rollup, Grain::kMinute) : tables::Facts(),
               tables::RollupTable(rollup, Grain::kQuarterHour),
               tables::RollupTable(rollup, Grain::kDay)),
        params);
    RETURN_IF_ERROR(plays.status());
    totals.plays[std::string(rollup.name)] = plays->Int(0, 0);
    const auto clicks = connection.Run(
        SumSql("CASE event_type WHEN 36 THEN event_count ELSE 0 END",
               minutes ? tables::RollupEventsTable(rollup, Grain::kMinute) : tables::FactsEvents(),
               tables::RollupEventsTable(rollup, Grain::kQuarterHour),
               tables::RollupEventsTable(rollup, Grain::kDay)),
        params);
    RETURN_IF_ERROR(clicks.status());
    totals.related_clicks[std::string(rollup.name)] = clicks->Int(0, 0);
  }
  return totals;
}

}  // namespace

absl::StatusOr<TierTotals> ReadTotals(postgres::Connection& connection) {
  RETURN_IF_ERROR(connection.Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
  auto totals = ReadInTransaction(connection);
  if (connection.IsOpen()) RETURN_IF_ERROR(connection.Run("ROLLBACK").status());
  return totals;
}

}  // namespace playhead::testing
