#include "services/query/data_status.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/grpc_status.h"
#include "common/status_macros.h"
#include "services/query/errors.h"
#include "services/query/report.h"
#include "services/query/sql_writer.h"

namespace playhead::query {
namespace {

constexpr absl::Duration kLongestLedger = absl::Hours(24 * 7);
constexpr absl::Duration kTailTimeout = absl::Seconds(1);

// $1, $2: minutes; $3: partner, 0: all.
constexpr char kLedgerSql[] = R"sql(
  SELECT (extract(epoch FROM minute) * 1000)::bigint, door, partner, outcome, reason,
         sum(count)::bigint
  FROM ledger
  WHERE minute >= $1::timestamptz AND minute < $2::timestamptz
    AND ($3::int = 0 OR partner = $3::int)
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT 200000
)sql";

constexpr char kTiersSql[] = R"sql(
  SELECT tier, count(*), count(*) FILTER (WHERE folded_by IS NULL),
         floor(extract(epoch FROM min(committed_at) FILTER (WHERE folded_by IS NULL)) * 1000)::bigint,
         floor(extract(epoch FROM max(committed_at)) * 1000)::bigint
  FROM epochs GROUP BY tier ORDER BY tier
)sql";

std::int64_t ToInt(const SqlValue& value) {
  std::int64_t number = 0;
  return value.has_value() && absl::SimpleAtoi(*value, &number) ? number : 0;
}

// Of no partner: only those who see all of them may read it.
absl::Status ReadRejectedBatches(Snapshot& snapshot, v1::GetDataStatusResponse& response) {
  ASSIGN_OR_RETURN(const auto rows, snapshot.Run({"SELECT count(*) FROM rejected_batches", {}}));
  response.set_rejected_batch_count(rows.empty() ? 0 : ToInt(rows[0][0]));
  return absl::OkStatus();
}

google::protobuf::Timestamp TimeOf(const SqlValue& ms) {
  return ToProto(absl::FromUnixMillis(ToInt(ms)));
}

void Count(const std::string& outcome, const std::string& reason, std::int64_t count,
           v1::LedgerCounts& counts) {
  if (outcome == "implausible_play_time_ms") {
    counts.set_implausible_play_time_ms(counts.implausible_play_time_ms() + count);
    return;
  }
  counts.set_received(counts.received() + count);
  if (outcome == "accepted") {
    counts.set_accepted(counts.accepted() + count);
  } else if (outcome == "duplicate") {
    counts.set_duplicate(counts.duplicate() + count);
  } else {
    (*counts.mutable_rejected())[reason] += count;
  }
}

absl::Status ReadLedger(const StatusQuery& query, Snapshot& snapshot,
                        v1::GetDataStatusResponse& response) {
  SqlParameters parameters;
  parameters.Time(query.range.start);
  parameters.Time(query.range.end);
  parameters.Value(absl::StrCat(query.partner), "int");
  ASSIGN_OR_RETURN(const auto rows, snapshot.Run({kLedgerSql, parameters.Take()}));
  std::map<std::tuple<std::int64_t, std::string, std::int64_t>, v1::LedgerMinute*> minutes;
  for (const SqlRow& row : rows) {
    v1::LedgerMinute*& minute = minutes[{ToInt(row[0]), row[1].value_or(""), ToInt(row[2])}];
    if (minute == nullptr) {
      minute = response.add_ledger();
      *minute->mutable_minute() = TimeOf(row[0]);
      minute->set_door(row[1].value_or(""));
      minute->set_partner_id(static_cast<int>(ToInt(row[2])));
    }
    const std::string outcome = row[3].value_or("");
    const std::string reason = row[4].value_or("");
    Count(outcome, reason, ToInt(row[5]), *minute->mutable_counts());
    Count(outcome, reason, ToInt(row[5]), *response.mutable_ledger_total());
  }
  *response.mutable_ledger_start_time() = ToProto(query.range.start);
  *response.mutable_ledger_end_time() = ToProto(query.range.end);
  return absl::OkStatus();
}

absl::Status ReadTiers(Snapshot& snapshot, v1::GetDataStatusResponse& response) {
  ASSIGN_OR_RETURN(const auto rows, snapshot.Run({kTiersSql, {}}));
  for (const SqlRow& row : rows) {
    v1::TierStatus& tier = *response.add_tiers();
    tier.set_tier(static_cast<int>(ToInt(row[0])));
    tier.set_grain(std::string(TierName(static_cast<Tier>(tier.tier() + 1))));
    tier.set_epoch_count(ToInt(row[1]));
    tier.set_unfolded_epoch_count(ToInt(row[2]));
    if (row[3].has_value()) *tier.mutable_oldest_unfolded_time() = TimeOf(row[3]);
    if (row[4].has_value()) *tier.mutable_newest_time() = TimeOf(row[4]);
  }
  return absl::OkStatus();
}

std::string StateName(v1::PartitionState state) {
  switch (state) {
    case v1::PARTITION_STATE_WARMING_UP:
      return "WARMING_UP";
    case v1::PARTITION_STATE_RUNNING:
      return "RUNNING";
    case v1::PARTITION_STATE_STOPPED:
      return "STOPPED";
    default:
      return "UNKNOWN";
  }
}

void AddPartitions(const SnapshotState& state,
                   const absl::StatusOr<v1::GetStatusResponse>& aggregator,
                   v1::GetDataStatusResponse& response) {
  std::map<int, v1::PartitionDataStatus> partitions;
  for (const auto& [partition, stored] : state.offsets) {
    v1::PartitionDataStatus& status = partitions[partition];
    status.set_committed_next(stored.next);
    if (stored.through != absl::InfinitePast()) {
      *status.mutable_committed_through() = ToProto(stored.through);
    }
  }
  for (auto& [partition, status] : partitions) {
    status.set_log_next(-1);
    status.set_folded_next(-1);
    status.set_lag_batches(-1);
    status.set_state("UNKNOWN");
  }
  response.set_aggregator_reachable(aggregator.ok());
  if (aggregator.ok()) {
    for (const v1::PartitionStatus& live : aggregator->partitions()) {
      v1::PartitionDataStatus& status = partitions[live.partition()];
      status.set_log_next(live.log_next());
      status.set_folded_next(live.folded_next());
      status.set_lag_batches(std::max<std::int64_t>(0, live.log_next() - live.folded_next()));
      status.set_state(StateName(live.state()));
      status.set_detail(live.detail());
    }
  }
  for (auto& [partition, status] : partitions) {
    status.set_partition(partition);
    *response.add_partitions() = std::move(status);
  }
}

// How far every report reaches: the stored rows, and the tail where it can be read.
void AddThrough(const SnapshotState& state, const absl::StatusOr<v1::ReadTailResponse>& tail,
                v1::GetDataStatusResponse& response) {
  std::vector<const v1::TailSegment*> segments;
  const absl::Time stored = SelectTail({}, state.offsets).through;
  if (stored != absl::InfinitePast()) *response.mutable_stored_through() = ToProto(stored);
  if (tail.ok()) {
    for (const v1::TailSegment& segment : tail->segments()) segments.push_back(&segment);
  }
  const absl::Time through = SelectTail(segments, state.offsets).through;
  if (through != absl::InfinitePast()) *response.mutable_data_through() = ToProto(through);
}

}  // namespace

absl::StatusOr<StatusQuery> ParseStatusRequest(const v1::GetDataStatusRequest& request,
                                               absl::Time now, bool allow_all_partners) {
  StatusQuery query;
  query.partner = request.partner_id();
  if (query.partner < 0) {
    return Invalid("BAD_PARTNER", "partner_id", "partner_id: a partner is above 0, or 0 for all",
                   {{"field", "partner_id"}, {"example", "4711"}});
  }
  if (query.partner == 0 && !allow_all_partners) {
    return WithDetails(absl::PermissionDeniedError("partner_id: is missing; give one, or start "
                                                   "query with --allow_all_partners for the ledger "
                                                   "of all"),
                       {.reason = "PARTNER_FORBIDDEN",
                        .metadata = {{"scope", "all_partners"}},
                        .field = "partner_id",
                        .retry_after = std::nullopt});
  }
  v1::TimeRange last_hour;
  last_hour.set_relative("1h");
  ASSIGN_OR_RETURN(query.range,
                   ResolveRange(request.has_time_range() ? request.time_range() : last_hour,
                                {.now = now, .zone = absl::UTCTimeZone()}));
  if (query.range.end - query.range.start > kLongestLedger) {
    return Invalid("BAD_RANGE", "time_range", "time_range: longer than 7 days",
                   {{"position", "0"}, {"value", ""}, {"example", R"({"relative": "7d"})"}});
  }
  return query;
}

absl::StatusOr<v1::GetDataStatusResponse> ReadDataStatus(const StatusQuery& query,
                                                         RollupReader& reader, TailReader& tail,
                                                         absl::Time deadline) {
  v1::GetDataStatusResponse response;
  const absl::Time tail_deadline = std::min(deadline, absl::Now() + kTailTimeout);
  const auto aggregator = tail.GetStatus(tail_deadline);
  // Of no minute: where the segments end, without their rows.
  const auto segments = tail.ReadTail({}, tail_deadline);
  ASSIGN_OR_RETURN(const auto snapshot, reader.OpenSnapshot(query.partner, query.range, deadline));
  AddPartitions(snapshot->State(), aggregator, response);
  AddThrough(snapshot->State(), segments, response);
  RETURN_IF_ERROR(ReadLedger(query, *snapshot, response));
  RETURN_IF_ERROR(ReadTiers(*snapshot, response));
  if (query.partner == 0) RETURN_IF_ERROR(ReadRejectedBatches(*snapshot, response));
  return response;
}

}  // namespace playhead::query
