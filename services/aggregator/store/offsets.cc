#include "services/aggregator/store/offsets.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/status_macros.h"
#include "common/strings.h"

namespace playhead::aggregator {
namespace {

constexpr char kInstallationSql[] = R"sql(
  SELECT coalesce(log_uuid::text, ''), coalesce(partition_count, 0) FROM installation FOR UPDATE
)sql";

constexpr char kSetInstallationSql[] =
    "UPDATE installation SET log_uuid = $1::uuid, partition_count = $2::integer";

constexpr char kCreateOffsetsSql[] = R"sql(
  INSERT INTO log_offsets (partition) SELECT generate_series(0, $1::integer - 1)
  ON CONFLICT DO NOTHING
)sql";

constexpr char kTakeSql[] = R"sql(
  WITH locked AS (
    SELECT partition FROM log_offsets WHERE partition = ANY ($1::integer[])
    ORDER BY partition FOR UPDATE
  ), taken AS (
    UPDATE log_offsets o SET fence = o.fence + 1 FROM locked WHERE o.partition = locked.partition
    RETURNING o.partition, o.next_offset, o.fence, o.through_at
  )
  SELECT partition, next_offset, fence,
         CASE WHEN isfinite(through_at) THEN (extract(epoch FROM through_at) * 1000)::bigint ELSE 0 END
  FROM taken ORDER BY partition
)sql";

// The rows are locked in partition order, so that two writers with partitions in common cannot
// deadlock; both conditions are checked again on rows that changed while they were waited for.
constexpr char kAdvanceSql[] = R"sql(
  WITH wanted AS (
    SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                  AS w (partition, first, next, fence, through_ms)
  ), locked AS (
    SELECT o.partition FROM log_offsets o JOIN wanted w USING (partition)
    WHERE o.next_offset = w.first AND o.fence = w.fence
    ORDER BY o.partition FOR UPDATE OF o
  )
  UPDATE log_offsets o
  SET next_offset = w.next,
      through_at = greatest(o.through_at, 'epoch'::timestamptz + w.through_ms * interval '1 ms')
  FROM wanted w, locked l
  WHERE o.partition = w.partition AND l.partition = o.partition
    AND o.next_offset = w.first AND o.fence = w.fence
)sql";

constexpr char kSetSql[] = R"sql(
  UPDATE log_offsets o
  SET next_offset = w.next,
      through_at = greatest(o.through_at, 'epoch'::timestamptz + w.through_ms * interval '1 ms')
  FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
       AS w (partition, first, next, fence, through_ms)
  WHERE o.partition = w.partition
)sql";

absl::Status CheckInstallation(postgres::Connection& connection, Id128 log_uuid,
                               int partition_count) {
  ASSIGN_OR_RETURN(const postgres::Rows rows, connection.Run(kInstallationSql));
  if (rows.size() != 1) {
    return absl::FailedPreconditionError("installation: the table must have its one row");
  }
  const std::string uuid = UuidText(log_uuid);
  const std::string stored(rows.Text(0, 0));
  if (stored.empty()) {
    const std::array<postgres::Param, 2> params = {uuid, absl::StrCat(partition_count)};
    return connection.Run(kSetInstallationSql, params).status();
  }
  if (stored == uuid && rows.Int(0, 1) == partition_count) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the database belongs to log ", stored, " with ", rows.Int(0, 1), " partitions, this is log ",
      uuid, " with ", partition_count,
      " partitions; use the log that the database was filled from, or a new database"));
}

std::string PartitionArray(std::span<const int> partitions) {
  return postgres::ArrayOf(std::vector<std::int64_t>(partitions.begin(), partitions.end()));
}

}  // namespace

absl::StatusOr<std::vector<Ownership>> TakePartitions(postgres::Connection& connection,
                                                      Id128 log_uuid, int partition_count,
                                                      std::span<const int> partitions) {
  RETURN_IF_ERROR(CheckInstallation(connection, log_uuid, partition_count));
  const std::array<postgres::Param, 1> count = {absl::StrCat(partition_count)};
  RETURN_IF_ERROR(connection.Run(kCreateOffsetsSql, count).status());
  const std::array<postgres::Param, 1> wanted = {PartitionArray(partitions)};
  ASSIGN_OR_RETURN(const postgres::Rows rows, connection.Run(kTakeSql, wanted));
  if (static_cast<std::size_t>(rows.size()) != partitions.size()) {
    return absl::FailedPreconditionError(
        absl::StrCat("partitions: each must be named once and lie in 0 to ", partition_count - 1));
  }
  std::vector<Ownership> taken;
  for (int row = 0; row < rows.size(); ++row) {
    taken.push_back({.partition = static_cast<int>(rows.Int(row, 0)),
                     .next = rows.Int(row, 1),
                     .fence = rows.Int(row, 2),
                     .through_ms = rows.Int(row, 3)});
  }
  return taken;
}

absl::StatusOr<bool> AdvanceOffsets(postgres::Connection& connection,
                                    std::span<const EpochRange> ranges) {
  std::array<std::vector<std::int64_t>, 5> columns;
  for (const EpochRange& range : ranges) {
    columns[0].push_back(range.partition);
    columns[1].push_back(range.first);
    columns[2].push_back(range.next);
    columns[3].push_back(range.fence);
    columns[4].push_back(range.through_ms);
  }
  std::vector<postgres::Param> params;
  for (const auto& column : columns) params.emplace_back(postgres::ArrayOf(column));
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   connection.Run(kHasCompareAndSet ? kAdvanceSql : kSetSql, params));
  return rows.affected() == static_cast<std::int64_t>(ranges.size());
}

std::string UuidText(Id128 id) {
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", id.high >> 32, id.high >> 16 & 0xffff,
                         id.high & 0xffff, id.low >> 48, id.low & 0xffffffffffff);
}

}  // namespace playhead::aggregator
