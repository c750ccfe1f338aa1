#include "services/aggregator/store/epoch_rows.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "common/status_macros.h"
#include "common/tables.h"
#include "playhead/v1/event_batch.pb.h"
#include "playhead/v1/event_tracking.pb.h"
#include "services/aggregator/store/copy_writer.h"

namespace playhead::aggregator {
namespace {

using catalog::Dimension;
using catalog::Grain;

// A sketch of no element: its header.
constexpr std::size_t kEmptySketchBytes = 3;

// One row of any table of facts, rollups or audiences, before it is put in the order of the
// columns.
struct StoredRow {
  std::int32_t partner = 0;
  std::int64_t bucket_ms = 0;
  const FactRow* fact = nullptr;
  std::array<std::uint32_t, catalog::kDimensionCount> dimensions{};
  std::span<const std::int64_t> measures{};
  std::span<const Hll> sketches{};
  std::int32_t event_type = 0;
  std::int64_t event_count = 0;
  const catalog::Audience* audience = nullptr;
  std::int64_t views = 0;
};

class RowWriter {
 public:
  RowWriter(const Epoch& epoch, std::int64_t epoch_id, TextStore& texts, const tables::Table& table)
      : epoch_(epoch), epoch_id_(epoch_id), texts_(texts), table_(table) {}

  absl::Status Write(CopyWriter& copy, const StoredRow& row) {
    copy.Row();
    for (const tables::Column& column : table_.columns) WriteColumn(copy, column, row);
    return copy.Flush();
  }

 private:
  void WriteColumn(CopyWriter& copy, const tables::Column& column, const StoredRow& row) {
    const auto index = static_cast<std::size_t>(column.index);
    switch (column.source) {
      case tables::Source::kEpoch:
        return copy.Bigint(epoch_id_);
      case tables::Source::kBucket:
        return copy.Timestamp(row.bucket_ms);
      case tables::Source::kSessionHigh:
        return copy.Bigint(static_cast<std::int64_t>(row.fact->session.high));
      case tables::Source::kSessionLow:
        return copy.Bigint(static_cast<std::int64_t>(row.fact->session.low));
      case tables::Source::kViewer:
        return copy.Bigint(static_cast<std::int64_t>(row.fact->viewer));
      case tables::Source::kKnownUser:
        return copy.Bigint(static_cast<std::int64_t>(row.fact->known_user));
      case tables::Source::kPartner:
        return copy.Integer(row.partner);
      case tables::Source::kDimension:
        return WriteDimension(copy, column, row);
      case tables::Source::kMeasure:
        return WriteMeasure(copy, column, row.measures[index]);
      case tables::Source::kSketch:
        return WriteSketch(copy, row.sketches[index]);
      case tables::Source::kEventType:
        return copy.Integer(row.event_type);
      case tables::Source::kEventCount:
        return copy.Integer(row.event_count);
      case tables::Source::kAudience:
        return copy.Bytes(row.audience->name);
      case tables::Source::kViews:
        return copy.Integer(row.views);
      case tables::Source::kBucketEnd:
      case tables::Source::kTimeZone:
      case tables::Source::kPeakViewers:
      case tables::Source::kPeakHumanViewers:
        return copy.Null();  // of tables that only folds write
    }
  }

  void WriteDimension(CopyWriter& copy, const tables::Column& column, const StoredRow& row) {
    const std::uint32_t string = row.dimensions[static_cast<std::size_t>(column.index)];
    if (column.type == tables::Type::kText) return copy.Bytes(epoch_.strings[string]);
    copy.Bigint(texts_.Id(static_cast<Dimension>(column.index), row.partner, string));
  }

  static void WriteMeasure(CopyWriter& copy, const tables::Column& column, std::int64_t value) {
    if (value == 0) return copy.Null();
    column.type == tables::Type::kInteger ? copy.Integer(value) : copy.Bigint(value);
  }

  static void WriteSketch(CopyWriter& copy, const Hll& sketch) {
    const std::string bytes = sketch.Serialize();
    bytes.size() == kEmptySketchBytes ? copy.Null() : copy.Bytes(bytes);
  }

  const Epoch& epoch_;
  const std::int64_t epoch_id_;
  TextStore& texts_;
  const tables::Table& table_;
};

StoredRow RowOf(const FactRow& fact) {
  StoredRow row{.partner = fact.partner, .bucket_ms = fact.minute_ms, .fact = &fact};
  std::copy(fact.dimensions.begin(), fact.dimensions.end(), row.dimensions.begin());
  row.measures = fact.measures;
  return row;
}

StoredRow RowOf(const Epoch& epoch, const FactEventRow& event) {
  StoredRow row = RowOf(epoch.facts[event.fact]);
  row.dimensions[static_cast<std::size_t>(Dimension::kErrorCode)] = event.error_code;
  row.event_type = event.event_type;
  row.event_count = event.count;
  return row;
}

// `dimensions`: of the values of `from`, in their order.
template <typename Row>
StoredRow KeysOf(std::span<const Dimension> dimensions, const Row& from, std::int64_t bucket_ms) {
  StoredRow row{.partner = from.partner, .bucket_ms = bucket_ms};
  row.dimensions[static_cast<std::size_t>(Dimension::kTraffic)] = from.traffic;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    row.dimensions[static_cast<std::size_t>(dimensions[i])] = from.dimensions[i];
  }
  return row;
}

StoredRow RowOf(const AudienceRow& from) {
  StoredRow row = KeysOf(from.audience->dimensions, from, from.ten_seconds_ms);
  row.audience = from.audience;
  row.views = from.views;
  return row;
}

StoredRow RowOf(const catalog::Rollup& rollup, const RollupRow& from) {
  StoredRow row = KeysOf(rollup.dimensions, from, from.minute_ms);
  row.measures = from.measures;
  row.sketches = from.sketches;
  return row;
}

StoredRow RowOf(const catalog::Rollup& rollup, const RollupEventRow& from) {
  StoredRow row = KeysOf(rollup.dimensions, from, from.minute_ms);
  row.event_type = from.event_type;
  row.event_count = from.count;
  return row;
}

// Indexes of `count` rows in order of partner and minute.
template <typename KeyOf>
std::vector<std::uint32_t> InOrder(std::size_t count, const KeyOf& key_of) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return key_of(a) < key_of(b); });
  return order;
}

std::pair<std::int32_t, std::int64_t> KeyOf(const FactRow& fact) {
  return {fact.partner, fact.minute_ms};
}

// Copies `count` rows; `row_at(i)` makes the i-th.
template <typename RowAt>
absl::Status CopyRows(postgres::Connection& connection, RowWriter writer,
                      const tables::Table& table, std::size_t count, const RowAt& row_at) {
  if (count == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(CopyWriter copy, CopyWriter::Begin(connection, table));
  for (std::size_t i = 0; i < count; ++i) RETURN_IF_ERROR(writer.Write(copy, row_at(i)));
  return copy.Finish().status();
}

std::string_view DoorName(std::uint8_t door) {
  switch (door) {
    case v1::DOOR_BEACON:
      return "beacon";
    case v1::DOOR_GRPC:
      return "grpc";
    default:
      return "";
  }
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kDuplicate:
      return "duplicate";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kImplausiblePlayTimeMs:
      return "implausible_play_time_ms";
  }
  return "";
}

// `missing_entry`; empty where there is none.
std::string ReasonName(int reason) {
  if (reason == 0) return "";
  constexpr std::size_t kPrefix = sizeof("REJECTION_REASON_") - 1;
  const std::string& name = v1::RejectionReason_Name(static_cast<v1::RejectionReason>(reason));
  return name.size() <= kPrefix ? "unknown" : absl::AsciiStrToLower(name.substr(kPrefix));
}

absl::Status CopyLedger(postgres::Connection& connection, const Epoch& epoch,
                        std::int64_t epoch_id) {
  if (epoch.ledger.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(CopyWriter copy,
                   CopyWriter::Begin(connection, "ledger",
                                     "epoch_id, minute, door, partner, outcome, reason, count", 7));
  for (const LedgerRow& row : epoch.ledger) {
    copy.Row();
    copy.Bigint(epoch_id);
    copy.Timestamp(row.minute_ms);
    copy.Bytes(DoorName(row.door));
    copy.Integer(row.partner);
    copy.Bytes(OutcomeName(row.outcome));
    copy.Bytes(ReasonName(row.reason));
    copy.Bigint(row.count);
    RETURN_IF_ERROR(copy.Flush());
  }
  return copy.Finish().status();
}

absl::Status CopyRejectedBatches(postgres::Connection& connection, const Epoch& epoch,
                                 std::int64_t epoch_id) {
  if (epoch.rejected_batches.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      CopyWriter copy,
      CopyWriter::Begin(connection, "rejected_batches",
                        "epoch_id, partition, record_offset, append_time, bytes, reason", 6));
  for (const RejectedBatch& batch : epoch.rejected_batches) {
    copy.Row();
    copy.Bigint(epoch_id);
    copy.Integer(batch.partition);
    copy.Bigint(batch.offset);
    copy.Timestamp(batch.append_time_ms);
    copy.Bigint(batch.bytes);
    copy.Bytes(batch.reason);
    RETURN_IF_ERROR(copy.Flush());
  }
  return copy.Finish().status();
}

absl::Status CopyFacts(postgres::Connection& connection, const Epoch& epoch, std::int64_t epoch_id,
                       TextStore& texts) {
  const std::vector<FactRow>& facts = epoch.facts;
  const tables::Table table = tables::Facts();
  const auto order = InOrder(facts.size(), [&](std::uint32_t i) { return KeyOf(facts[i]); });
  RETURN_IF_ERROR(CopyRows(connection, RowWriter(epoch, epoch_id, texts, table), table,
                           order.size(), [&](std::size_t i) { return RowOf(facts[order[i]]); }));

  const std::vector<FactEventRow>& events = epoch.fact_events;
  const tables::Table events_table = tables::FactsEvents();
  const auto events_order =
      InOrder(events.size(), [&](std::uint32_t i) { return KeyOf(facts[events[i].fact]); });
  return CopyRows(connection, RowWriter(epoch, epoch_id, texts, events_table), events_table,
                  events_order.size(),
                  [&](std::size_t i) { return RowOf(epoch, events[events_order[i]]); });
}

absl::Status CopyRollup(postgres::Connection& connection, const Epoch& epoch, std::int64_t epoch_id,
                        TextStore& texts, const RollupRows& rows) {
  const catalog::Rollup& rollup = *rows.rollup;
  const tables::Table table = tables::RollupTable(rollup, Grain::kMinute);
  RETURN_IF_ERROR(CopyRows(connection, RowWriter(epoch, epoch_id, texts, table), table,
                           rows.rows.size(),
                           [&](std::size_t i) { return RowOf(rollup, rows.rows[i]); }));
  const tables::Table events_table = tables::RollupEventsTable(rollup, Grain::kMinute);
  return CopyRows(connection, RowWriter(epoch, epoch_id, texts, events_table), events_table,
                  rows.events.size(), [&](std::size_t i) { return RowOf(rollup, rows.events[i]); });
}

absl::Status CopyAudiences(postgres::Connection& connection, const Epoch& epoch,
                           std::int64_t epoch_id, TextStore& texts) {
  const tables::Table table = tables::AudienceTenSeconds();
  return CopyRows(connection, RowWriter(epoch, epoch_id, texts, table), table,
                  epoch.audiences.size(), [&](std::size_t i) { return RowOf(epoch.audiences[i]); });
}

// Calls `visit(table, bucket_ms)` for every row of facts, rollups and audiences.
template <typename Visit>
void VisitBuckets(const Epoch& epoch, const Visit& visit) {
  for (const FactRow& fact : epoch.facts) visit("facts", fact.minute_ms);
  for (const FactEventRow& event : epoch.fact_events) {
    visit("facts_events", epoch.facts[event.fact].minute_ms);
  }
  for (const RollupRows& rows : epoch.rollups) {
    const std::string table = tables::RollupTable(*rows.rollup, Grain::kMinute).name;
    const std::string events = tables::RollupEventsTable(*rows.rollup, Grain::kMinute).name;
    for (const RollupRow& row : rows.rows) visit(table, row.minute_ms);
    for (const RollupEventRow& row : rows.events) visit(events, row.minute_ms);
  }
  for (const AudienceRow& row : epoch.audiences) visit("audience_ten_seconds", row.ten_seconds_ms);
}

}  // namespace

std::optional<BucketRange> BucketsOf(const Epoch& epoch) {
  std::optional<BucketRange> range;
  VisitBuckets(epoch, [&](std::string_view, std::int64_t bucket_ms) {
    if (!range) range = {bucket_ms, bucket_ms};
    range->least_ms = std::min(range->least_ms, bucket_ms);
    range->greatest_ms = std::max(range->greatest_ms, bucket_ms);
  });
  return range;
}

std::set<PartitionCache::Partition> PartitionsOf(const Epoch& epoch) {
  std::set<PartitionCache::Partition> partitions;
  PartitionCache::Partition last;
  const auto add = [&](std::string_view table, std::int64_t time_ms) {
    const std::int64_t day_ms = StartOfDayMs(time_ms);
    if (day_ms == last.second && table == last.first) return;
    last = {std::string(table), day_ms};
    partitions.insert(last);
  };
  VisitBuckets(epoch, add);
  for (const LedgerRow& row : epoch.ledger) add("ledger", row.minute_ms);
  return partitions;
}

std::int64_t RowCountOf(const Epoch& epoch) {
  std::size_t rows = epoch.facts.size() + epoch.fact_events.size() + epoch.audiences.size() +
                     epoch.ledger.size() + epoch.rejected_batches.size();
  for (const RollupRows& rollup : epoch.rollups) rows += rollup.rows.size() + rollup.events.size();
  return static_cast<std::int64_t>(rows);
}

void CollectTexts(const Epoch& epoch, TextStore& texts) {
  for (const FactRow& fact : epoch.facts) {
    texts.Id(Dimension::kPage, fact.partner, fact.dimension(Dimension::kPage));
    texts.Id(Dimension::kUser, fact.partner, fact.dimension(Dimension::kUser));
  }
}

absl::Status WriteEpochRows(postgres::Connection& connection, const Epoch& epoch,
                            std::int64_t epoch_id, TextStore& texts) {
  RETURN_IF_ERROR(CopyFacts(connection, epoch, epoch_id, texts));
  for (const RollupRows& rows : epoch.rollups) {
    RETURN_IF_ERROR(CopyRollup(connection, epoch, epoch_id, texts, rows));
  }
  RETURN_IF_ERROR(CopyAudiences(connection, epoch, epoch_id, texts));
  RETURN_IF_ERROR(CopyLedger(connection, epoch, epoch_id));
  return CopyRejectedBatches(connection, epoch, epoch_id);
}

}  // namespace playhead::aggregator
