#include "services/query/pg_rollup_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/postgres.h"
#include "common/status_macros.h"
#include "services/query/errors.h"
#include "services/query/pg_pool.h"
#include "services/query/sql_writer.h"

namespace playhead::query {
namespace {

constexpr char kOffsetsSql[] = R"sql(
  SELECT partition, next_offset,
         CASE WHEN isfinite(through_at) THEN floor(extract(epoch FROM through_at) * 1000)::bigint END
  FROM log_offsets ORDER BY partition
)sql";

constexpr char kPartnerSql[] = R"sql(
  SELECT time_zone, zone_epoch_id FROM partners WHERE partner = $1::int
)sql";

constexpr char kCompleteAfterSql[] = R"sql(
  SELECT rollup, (extract(epoch FROM complete_after) * 1000)::bigint
  FROM rollup_state WHERE isfinite(complete_after)
)sql";

// $1, $2: range; $3: zone_epoch_id.
constexpr char kEpochsSql[] = R"sql(
  SELECT epoch_id, tier, (extract(epoch FROM least_bucket) * 1000)::bigint,
         (extract(epoch FROM greatest_bucket) * 1000)::bigint
  FROM epochs
  WHERE ((folded_by IS NULL AND tier IN (0, 1)) OR (folded_by <= $3::bigint AND tier = 1))
    AND greatest_bucket >= $1::timestamptz AND least_bucket < $2::timestamptz
  ORDER BY epoch_id
)sql";

std::int64_t ToInt(const SqlValue& value) {
  std::int64_t number = 0;
  return value.has_value() && absl::SimpleAtoi(*value, &number) ? number : 0;
}

std::vector<SqlRow> ToSqlRows(const postgres::Rows& rows) {
  std::vector<SqlRow> copies(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    SqlRow& copy = copies[static_cast<std::size_t>(row)];
    for (int column = 0; column < rows.columns(); ++column) {
      copy.push_back(rows.IsNull(row, column) ? SqlValue() : SqlValue(rows.Text(row, column)));
    }
  }
  return copies;
}

absl::StatusOr<std::vector<SqlRow>> RunOn(postgres::Connection& connection,
                                          const Statement& statement, absl::Time deadline) {
  const auto rows = connection.Run(statement.sql, statement.parameters, deadline);
  if (!rows.ok()) return OfPostgres(rows.status());
  return ToSqlRows(*rows);
}

absl::StatusOr<PartnerState> ReadState(postgres::Connection& connection, int partner,
                                       absl::Time deadline) {
  PartnerState state;
  ASSIGN_OR_RETURN(const auto configured,
                   RunOn(connection, {kPartnerSql, {absl::StrCat(partner)}}, deadline));
  if (!configured.empty()) {
    state.time_zone = configured[0][0].value_or("UTC");
    state.zone_epoch_id = ToInt(configured[0][1]);
  }
  ASSIGN_OR_RETURN(const auto later, RunOn(connection, {kCompleteAfterSql, {}}, deadline));
  for (const SqlRow& row : later) {
    state.complete_after[row[0].value_or("")] = absl::FromUnixMillis(ToInt(row[1]));
  }
  return state;
}

class PgSnapshot final : public Snapshot {
 public:
  PgSnapshot(PgPool::Lease lease, absl::Time deadline)
      : lease_(std::move(lease)), deadline_(deadline) {}
  ~PgSnapshot() override {
    if (!lease_->IsOpen()) return;
    // A connection that cannot end its transaction is lost, and closed by the pool.
    lease_->Run("ROLLBACK", {}, absl::Now() + absl::Seconds(1)).IgnoreError();
  }

  // The transaction, bound to the partner, whose configuration may be read from here on.
  absl::Status Begin(int partner) {
    const auto left = std::max<std::int64_t>(1, absl::ToInt64Milliseconds(deadline_ - absl::Now()));
    RETURN_IF_ERROR(Run({"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}}).status());
    const Statement settings = {
        "SELECT set_config('statement_timeout', $1::text, true),"
        " set_config('hll.force_groupagg', 'on', true), set_config('jit', 'off', true),"
        " set_config('playhead.partner', $2::text, true)",
        {absl::StrCat(left), partner == 0 ? "" : absl::StrCat(partner)}};
    RETURN_IF_ERROR(Run(settings).status());
    ASSIGN_OR_RETURN(state_.partner, ReadState(*lease_, partner, deadline_));
    return absl::OkStatus();
  }

  absl::Status ReadMarks(const Range& range) {
    ASSIGN_OR_RETURN(const auto offsets, Run({kOffsetsSql, {}}));
    for (const SqlRow& row : offsets) {
      StoredOffset& offset = state_.offsets[static_cast<int>(ToInt(row[0]))];
      offset.next = ToInt(row[1]);
      if (row[2].has_value()) offset.through = absl::FromUnixMillis(ToInt(row[2]));
    }
    return ReadEpochs(range);
  }

  const SnapshotState& State() const override { return state_; }

  absl::StatusOr<std::vector<SqlRow>> Run(const Statement& statement) override {
    return RunOn(*lease_, statement, deadline_);
  }

 private:
  absl::Status ReadEpochs(const Range& range) {
    SqlParameters parameters;
    parameters.Time(range.start);
    parameters.Time(range.end);
    parameters.Number(state_.partner.zone_epoch_id);
    ASSIGN_OR_RETURN(const auto epochs, Run({kEpochsSql, parameters.Take()}));
    for (const SqlRow& row : epochs) {
      auto& open = ToInt(row[1]) == 0 ? state_.open_minutes : state_.open_quarters;
      open.push_back({.epoch_id = ToInt(row[0]),
                      .buckets = {.start = absl::FromUnixMillis(ToInt(row[2])),
                                  .end = absl::FromUnixMillis(ToInt(row[3]) + 1)}});
    }
    return absl::OkStatus();
  }

  PgPool::Lease lease_;
  const absl::Time deadline_;
  SnapshotState state_;
};

class PgRollupReader final : public RollupReader {
 public:
  explicit PgRollupReader(const PgRollupReaderOptions& options)
      : of_partner_(options.dsn, options.pool_size),
        of_all_(options.dsn_all.empty() ? options.dsn : options.dsn_all, options.pool_size) {}

  absl::StatusOr<PartnerState> ReadPartner(int partner, absl::Time deadline) override {
    ASSIGN_OR_RETURN(const auto snapshot, Begin(partner, deadline));
    return snapshot->State().partner;
  }

  absl::StatusOr<std::unique_ptr<Snapshot>> OpenSnapshot(int partner, const Range& range,
                                                         absl::Time deadline) override {
    ASSIGN_OR_RETURN(auto snapshot, Begin(partner, deadline));
    RETURN_IF_ERROR(snapshot->ReadMarks(range));
    return snapshot;
  }

 private:
  absl::StatusOr<std::unique_ptr<PgSnapshot>> Begin(int partner, absl::Time deadline) {
    ASSIGN_OR_RETURN(auto lease, Pool(partner).Acquire(deadline));
    auto snapshot = std::make_unique<PgSnapshot>(std::move(lease), deadline);
    RETURN_IF_ERROR(snapshot->Begin(partner));
    return snapshot;
  }

  PgPool& Pool(int partner) { return partner == 0 ? of_all_ : of_partner_; }

  PgPool of_partner_;
  PgPool of_all_;
};

}  // namespace

std::unique_ptr<RollupReader> MakePgRollupReader(const PgRollupReaderOptions& options) {
  return std::make_unique<PgRollupReader>(options);
}

}  // namespace playhead::query
