#include "services/aggregator/store/fold_tiers.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/json_log.h"
#include "common/status_macros.h"
#include "common/tables.h"
#include "services/aggregator/store/day_edges.h"
#include "services/aggregator/store/fold_sql.h"

namespace playhead::aggregator {
namespace {

// hll_union_agg takes 136 KB per group in a hash aggregate.
constexpr char kBeginSql[] =
    "BEGIN; SET LOCAL hll.force_groupagg = on; SET LOCAL work_mem = '64MB'";

// Before the fold has an epoch id: the zones of partners change only while no fold into days runs.
constexpr char kLockZonesSql[] = "SELECT pg_advisory_xact_lock_shared(7071, 2)";

constexpr char kInsertEpochSql[] = R"sql(
  INSERT INTO epochs (commit_token, tier) VALUES (gen_random_uuid(), $1::smallint)
  RETURNING epoch_id
)sql";

// Fixes the set before any row is read. ARRAY(...) runs once; a set that another folder holds is
// skipped.
constexpr char kTakeEpochsSql[] = R"sql(
  WITH due AS (
    SELECT epoch_id, sum(row_count) OVER (ORDER BY epoch_id) - row_count AS rows_before
    FROM epochs
    WHERE tier = $2::smallint AND folded_by IS NULL
      AND (greatest_bucket IS NULL OR greatest_bucket < $3::timestamptz
           OR epoch_id <= (SELECT epoch_id FROM epochs WHERE tier = $2::smallint AND folded_by IS NULL
                           ORDER BY epoch_id DESC OFFSET $4::bigint LIMIT 1))
    ORDER BY epoch_id LIMIT $5::bigint
  )
  UPDATE epochs SET folded_by = $1::bigint
  WHERE epoch_id = ANY (ARRAY(
    SELECT e.epoch_id FROM epochs e JOIN due USING (epoch_id)
    WHERE e.folded_by IS NULL AND due.rows_before < $6::bigint
    ORDER BY e.epoch_id FOR UPDATE OF e SKIP LOCKED))
  RETURNING epoch_id, extract(epoch FROM least_bucket)::bigint,
            extract(epoch FROM greatest_bucket)::bigint, least_bucket IS NULL
)sql";

constexpr char kEnsurePartitionsSql[] = R"sql(
  SELECT ensure_partition(parent, bucket)
  FROM unnest($1::text[]) AS parent, unnest($2::timestamptz[]) AS bucket ORDER BY parent, bucket
)sql";

constexpr char kFinishEpochSql[] = R"sql(
  UPDATE epochs SET least_bucket = $2::timestamptz, greatest_bucket = $3::timestamptz, row_count = $4::bigint
  WHERE epoch_id = $1::bigint
)sql";

constexpr absl::Duration kQuarterHour = absl::Minutes(15);
constexpr absl::Duration kLongestDay = absl::Hours(27);

absl::Time StartOfQuarterHour(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), kQuarterHour);
}

std::string SqlTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// The set of a run.
struct FoldSet {
  std::int64_t fold_id = 0;
  std::vector<std::int64_t> epoch_ids;
  // Of their rows; nullopt: they have none.
  std::optional<absl::Time> least;
  std::optional<absl::Time> greatest;
};

// Zones of partners and the days of each zone, as the parameters $5 to $9 of the statements, and
// the buckets written.
struct DayParams {
  std::vector<postgres::Param> params;
  absl::Time least = absl::InfiniteFuture();
  absl::Time greatest = absl::InfinitePast();
};

class PgTierFolder final : public TierFolder {
 public:
  explicit PgTierFolder(FoldOptions options) : options_(std::move(options)) {}

  absl::StatusOr<FoldResult> RunOnce(int from_tier, absl::Time now) override {
    if (from_tier < 0 || from_tier > 1) {
      return absl::InvalidArgumentError("from_tier: must be 0 or 1");
    }
    RETURN_IF_ERROR(Connect());
    auto result = RunInTransaction(from_tier, now);
    const bool keep = result.ok() && result->epochs > 0;
    if (!keep && connection_->IsOpen()) {
      if (auto undone = connection_->Run("ROLLBACK"); !undone.ok()) connection_.reset();
    }
    return result;
  }

 private:
  absl::Status Connect() {
    if (connection_ != nullptr && connection_->IsOpen()) return absl::OkStatus();
    ASSIGN_OR_RETURN(connection_, postgres::Connection::Open(options_.connection));
    return absl::OkStatus();
  }

  absl::StatusOr<FoldResult> RunInTransaction(int from_tier, absl::Time now) {
    RETURN_IF_ERROR(connection_->Run(kBeginSql).status());
    if (from_tier == 1) RETURN_IF_ERROR(connection_->Run(kLockZonesSql).status());
    ASSIGN_OR_RETURN(const FoldSet set, TakeEpochs(from_tier, now));
    if (set.epoch_ids.empty()) return FoldResult{};
    FoldResult result{.epochs = static_cast<int>(set.epoch_ids.size())};
    if (set.least) {
      ASSIGN_OR_RETURN(result.rows, FoldRows(from_tier, set));
    }
    ASSIGN_OR_RETURN(const postgres::Rows rows, connection_->Run("COMMIT"));
    if (rows.command() == "COMMIT") return result;
    return absl::UnavailableError("postgres: the fold was rolled back");
  }

  absl::StatusOr<FoldSet> TakeEpochs(int from_tier, absl::Time now) {
    FoldSet set;
    const std::array<postgres::Param, 1> tier = {absl::StrCat(from_tier + 1)};
    ASSIGN_OR_RETURN(const postgres::Rows fold, connection_->Run(kInsertEpochSql, tier));
    set.fold_id = fold.Int(0, 0);
    const std::array<postgres::Param, 6> params = {absl::StrCat(set.fold_id),
                                                   absl::StrCat(from_tier),
                                                   SqlTime(EndedBefore(from_tier, now)),
                                                   absl::StrCat(options_.max_unfolded_epochs),
                                                   absl::StrCat(options_.max_epochs_per_run),
                                                   absl::StrCat(options_.max_rows_per_run)};
    ASSIGN_OR_RETURN(const postgres::Rows rows, connection_->Run(kTakeEpochsSql, params));
    for (int row = 0; row < rows.size(); ++row) {
      set.epoch_ids.push_back(rows.Int(row, 0));
      if (rows.Text(row, 3) == "t") continue;
      const absl::Time least = absl::FromUnixSeconds(rows.Int(row, 1));
      const absl::Time greatest = absl::FromUnixSeconds(rows.Int(row, 2));
      set.least = std::min(set.least.value_or(least), least);
      set.greatest = std::max(set.greatest.value_or(greatest), greatest);
    }
    return set;
  }

  // Buckets before this instant belong to a quarter hour or day that has ended for long enough.
  absl::Time EndedBefore(int from_tier, absl::Time now) const {
    if (from_tier == 0) return StartOfQuarterHour(now - options_.grace);
    return now - options_.grace - kLongestDay;
  }

  absl::StatusOr<std::int64_t> FoldRows(int from_tier, const FoldSet& set) {
    std::vector<postgres::Param> params = {absl::StrCat(set.fold_id),
                                           postgres::ArrayOf(set.epoch_ids), SqlTime(*set.least),
                                           SqlTime(*set.greatest)};
    absl::Time least = StartOfQuarterHour(*set.least);
    absl::Time greatest = StartOfQuarterHour(*set.greatest);
    if (from_tier == 1) {
      ASSIGN_OR_RETURN(const DayParams days, ReadDays(*set.least, *set.greatest));
      params.insert(params.end(), days.params.begin(), days.params.end());
      least = days.least;
      greatest = days.greatest;
    }
    RETURN_IF_ERROR(EnsurePartitions(from_tier, least, greatest));
    std::int64_t written = 0;
    for (const std::string& sql : FoldStatements(from_tier)) {
      ASSIGN_OR_RETURN(const postgres::Rows rows, connection_->Run(sql, params));
      written += rows.affected();
    }
    const std::array<postgres::Param, 4> finish = {absl::StrCat(set.fold_id), SqlTime(least),
                                                   SqlTime(greatest), absl::StrCat(written)};
    RETURN_IF_ERROR(connection_->Run(kFinishEpochSql, finish).status());
    return written;
  }

  // A zone that this process does not know is folded as UTC: rows say which zone their day is of.
  absl::StatusOr<DayParams> ReadDays(absl::Time least, absl::Time greatest) {
    ASSIGN_OR_RETURN(
        const postgres::Rows rows,
        connection_->Run("SELECT partner, time_zone FROM partners WHERE time_zone <> 'UTC'"));
    std::vector<std::int64_t> partners;
    std::vector<std::string> partner_zones;
    std::map<std::string, absl::TimeZone> zones = {{"UTC", absl::UTCTimeZone()}};
    for (int row = 0; row < rows.size(); ++row) {
      const std::string name(rows.Text(row, 1));
      absl::TimeZone zone;
      if (!zones.contains(name)) {
        if (!absl::LoadTimeZone(name, &zone)) {
          Log(Severity::kWarning, "unknown time zone of a partner; folded as UTC",
              {{"partner", std::string(rows.Text(row, 0))}, {"time_zone", name}});
          continue;
        }
        zones.emplace(name, zone);
      }
      partners.push_back(rows.Int(row, 0));
      partner_zones.push_back(name);
    }
    DayParams days;
    days.params = {postgres::ArrayOf(partners), postgres::ArrayOf(partner_zones)};
    AddDays(zones, least, greatest, days);
    return days;
  }

  static void AddDays(const std::map<std::string, absl::TimeZone>& zones, absl::Time least,
                      absl::Time greatest, DayParams& days) {
    std::vector<std::string> names;
    std::vector<std::string> starts;
    std::vector<std::string> ends;
    for (const auto& [name, zone] : zones) {
      for (const DayEdges& day : DaysOf(zone, least, greatest)) {
        names.push_back(name);
        starts.push_back(SqlTime(day.start));
        ends.push_back(SqlTime(day.end));
        days.least = std::min(days.least, day.start);
        days.greatest = std::max(days.greatest, day.start);
      }
    }
    for (const auto& column : {names, starts, ends}) {
      days.params.emplace_back(postgres::ArrayOf(column));
    }
  }

  // One bucket per month is enough to name every partition between `least` and `greatest`.
  absl::Status EnsurePartitions(int from_tier, absl::Time least, absl::Time greatest) {
    std::vector<std::string> parents;
    for (const tables::Table& table : FoldTargets(from_tier)) parents.push_back(table.name);
    std::vector<std::string> buckets;
    const absl::TimeZone utc = absl::UTCTimeZone();
    const absl::CivilMonth last = absl::ToCivilMonth(greatest, utc);
    for (absl::CivilMonth month = absl::ToCivilMonth(least, utc); month <= last; ++month) {
      buckets.push_back(SqlTime(absl::FromCivil(month, utc)));
    }
    const std::array<postgres::Param, 2> params = {postgres::ArrayOf(parents),
                                                   postgres::ArrayOf(buckets)};
    return connection_->Run(kEnsurePartitionsSql, params).status();
  }

  const FoldOptions options_;
  std::unique_ptr<postgres::Connection> connection_;
};

}  // namespace

std::unique_ptr<TierFolder> MakeTierFolder(FoldOptions options) {
  return std::make_unique<PgTierFolder>(std::move(options));
}

}  // namespace playhead::aggregator
