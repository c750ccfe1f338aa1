#include "services/aggregator/store/pg_rollup_store.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/json_log.h"
#include "common/status_macros.h"
#include "common/text_id.h"
#include "services/aggregator/store/epoch_rows.h"
#include "services/aggregator/store/offsets.h"
#include "services/aggregator/store/partition_cache.h"
#include "services/aggregator/store/text_store.h"

namespace playhead::aggregator {
namespace {

constexpr std::string_view kUniqueViolation = "23505";
constexpr std::string_view kCheckViolation = "23514";

constexpr char kInsertEpochSql[] = R"sql(
  INSERT INTO epochs (commit_token, tier, least_bucket, greatest_bucket, row_count)
  VALUES ($1::uuid, 0, 'epoch'::timestamptz + $2::bigint * interval '1 ms',
          'epoch'::timestamptz + $3::bigint * interval '1 ms', $4::bigint)
  RETURNING epoch_id
)sql";

class PgRollupStore final : public RollupStore {
 public:
  explicit PgRollupStore(PgRollupStoreOptions options) : options_(std::move(options)) {
    if (!kHasCompareAndSet) {
      Log(Severity::kError, "built without compare-and-set: this store doubles and loses events");
    }
  }

  absl::StatusOr<std::vector<Ownership>> Acquire(Id128 log_uuid, int partition_count,
                                                 std::span<const int> partitions) override {
    RETURN_IF_ERROR(Connect());
    auto taken = AcquireInTransaction(log_uuid, partition_count, partitions);
    if (taken.ok()) return taken;
    RollBack();
    // Only what TakePartitions says itself is final; errors of the server are not.
    const bool is_final =
        absl::IsFailedPrecondition(taken.status()) && postgres::SqlStateOf(taken.status()).empty();
    return is_final ? taken.status() : AsUnavailable(taken.status());
  }

  absl::StatusOr<CommitOutcome> Commit(const Epoch& epoch) override {
    RETURN_IF_ERROR(CheckRanges(epoch));
    RETURN_IF_ERROR(Connect());
    auto outcome = CommitOnce(epoch);
    if (outcome.ok()) {
      tried_token_ = {};
      return outcome;
    }
    RollBack();
    if (postgres::SqlStateOf(outcome.status()) == kCheckViolation && partitions_.Clear()) {
      // Retention may have dropped a partition that was known: the next try asks for all of them.
      return AsUnavailable(outcome.status());
    }
    return absl::IsInvalidArgument(outcome.status()) ? outcome.status()
                                                     : AsUnavailable(outcome.status());
  }

 private:
  static absl::Status CheckRanges(const Epoch& epoch) {
    if (epoch.token.IsZero()) return absl::InvalidArgumentError("epoch: token is not set");
    if (epoch.ranges.empty()) return absl::InvalidArgumentError("epoch: no ranges");
    for (std::size_t i = 1; i < epoch.ranges.size(); ++i) {
      if (epoch.ranges[i - 1].partition >= epoch.ranges[i].partition) {
        return absl::InvalidArgumentError("epoch: ranges are not in partition order");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Connect() {
    if (connection_ != nullptr && connection_->IsOpen()) return absl::OkStatus();
    connection_.reset();
    partitions_.Clear();
    auto connection = postgres::Connection::Open(options_.connection);
    if (!connection.ok()) return AsUnavailable(connection.status());
    if (absl::Status status = Prepare(**connection); !status.ok()) return AsUnavailable(status);
    connection_ = *std::move(connection);
    return absl::OkStatus();
  }

  // The key is read at every connection: another database has another one.
  absl::Status Prepare(postgres::Connection& connection) {
    RETURN_IF_ERROR(CheckServer(connection, options_.allow_unsafe_server));
    ASSIGN_OR_RETURN(const postgres::Rows rows,
                     connection.Run("SELECT encode(id_key, 'hex') FROM installation"));
    const std::string key = rows.size() == 1 ? std::string(rows.Text(0, 0)) : "";
    if (texts_ != nullptr && key == id_key_) return absl::OkStatus();
    ASSIGN_OR_RETURN(auto hasher, TextIdHasher::Make(FromHex(key)));
    texts_ = std::make_unique<TextStore>(std::move(hasher));
    id_key_ = key;
    return absl::OkStatus();
  }

  static std::string FromHex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
  }

  absl::StatusOr<std::vector<Ownership>> AcquireInTransaction(Id128 log_uuid, int partition_count,
                                                              std::span<const int> partitions) {
    RETURN_IF_ERROR(Run("BEGIN"));
    ASSIGN_OR_RETURN(auto taken,
                     TakePartitions(*connection_, log_uuid, partition_count, partitions));
    RETURN_IF_ERROR(CommitTransaction());
    return taken;
  }

  absl::StatusOr<CommitOutcome> CommitOnce(const Epoch& epoch) {
    const bool was_tried = tried_token_ == epoch.token;
    if (was_tried && kHasCompareAndSet) {
      ASSIGN_OR_RETURN(const bool is_committed, IsCommitted(epoch.token));
      if (is_committed) return CommitOutcome::kCommitted;
    }
    tried_token_ = epoch.token;
    RETURN_IF_ERROR(Run("BEGIN"));
    if (kHasCompareAndSet) {
      ASSIGN_OR_RETURN(const bool is_ours, AdvanceOffsets(*connection_, epoch.ranges));
      if (!is_ours) return Settle(epoch);
    }
    ASSIGN_OR_RETURN(const std::int64_t epoch_id, InsertEpoch(epoch));
    if (epoch_id == 0) return Settle(epoch);
    RETURN_IF_ERROR(WriteRows(epoch, epoch_id));
    RETURN_IF_ERROR(CommitTransaction());
    texts_->Committed();
    partitions_.Committed();
    if (!kHasCompareAndSet) {
      RETURN_IF_ERROR(AdvanceOffsets(*connection_, epoch.ranges).status());
    }
    return CommitOutcome::kCommitted;
  }

  // The offsets have moved: by an earlier try of this epoch, or by another owner.
  absl::StatusOr<CommitOutcome> Settle(const Epoch& epoch) {
    RETURN_IF_ERROR(Run("ROLLBACK"));
    ASSIGN_OR_RETURN(const bool is_committed, IsCommitted(epoch.token));
    return is_committed ? CommitOutcome::kCommitted : CommitOutcome::kLost;
  }

  absl::StatusOr<bool> IsCommitted(Id128 token) {
    const std::array<postgres::Param, 1> params = {UuidText(token)};
    ASSIGN_OR_RETURN(
        const postgres::Rows rows,
        connection_->Run("SELECT 1 FROM epochs WHERE commit_token = $1::uuid", params));
    return rows.size() == 1;
  }

  // 0: the token is there already, so an earlier try was committed.
  absl::StatusOr<std::int64_t> InsertEpoch(const Epoch& epoch) {
    const std::optional<BucketRange> buckets = BucketsOf(epoch);
    std::array<postgres::Param, 4> params = {
        UuidText(kHasCompareAndSet ? epoch.token : Id128{epoch.token.high, ++unsafe_tokens_}),
        std::nullopt, std::nullopt, absl::StrCat(RowCountOf(epoch))};
    if (buckets) {
      params[1] = absl::StrCat(buckets->least_ms);
      params[2] = absl::StrCat(buckets->greatest_ms);
    }
    const auto rows = connection_->Run(kInsertEpochSql, params);
    if (postgres::SqlStateOf(rows.status()) == kUniqueViolation) return 0;
    RETURN_IF_ERROR(rows.status());
    return rows->Int(0, 0);
  }

  absl::Status WriteRows(const Epoch& epoch, std::int64_t epoch_id) {
    RETURN_IF_ERROR(partitions_.Ensure(*connection_, PartitionsOf(epoch)));
    texts_->Begin(epoch.strings);
    CollectTexts(epoch, *texts_);
    RETURN_IF_ERROR(texts_->Insert(*connection_));
    return WriteEpochRows(*connection_, epoch, epoch_id, *texts_);
  }

  absl::Status Run(const std::string& sql) { return connection_->Run(sql).status(); }

  // A transaction that failed answers COMMIT with ROLLBACK, without an error.
  absl::Status CommitTransaction() {
    ASSIGN_OR_RETURN(const postgres::Rows rows, connection_->Run("COMMIT"));
    if (rows.command() == "COMMIT") return absl::OkStatus();
    return absl::UnavailableError("postgres: the transaction was rolled back");
  }

  void RollBack() {
    if (connection_ != nullptr && connection_->IsOpen() && !Run("ROLLBACK").ok()) {
      connection_.reset();
    }
  }

  static absl::Status AsUnavailable(const absl::Status& status) {
    return absl::UnavailableError(status.message());
  }

  const PgRollupStoreOptions options_;
  std::unique_ptr<postgres::Connection> connection_;
  std::string id_key_;
  std::unique_ptr<TextStore> texts_;
  PartitionCache partitions_;
  // The epoch of the last Commit, while its outcome may be unknown.
  Id128 tried_token_;
  // Only without compare-and-set: makes every try an epoch of its own.
  std::uint64_t unsafe_tokens_ = 0;
};

}  // namespace

std::unique_ptr<RollupStore> MakePgRollupStore(PgRollupStoreOptions options) {
  return std::make_unique<PgRollupStore>(std::move(options));
}

absl::Status CheckServer(postgres::Connection& connection, bool allow_unsafe_server) {
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   connection.Run("SELECT pg_is_in_recovery(), current_setting('fsync') = 'on'"));
  if (rows.Text(0, 0) == "t") return absl::UnavailableError("postgres: the server is in recovery");
  if (rows.Text(0, 1) == "t" || allow_unsafe_server) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "postgres: fsync is off, so that committed epochs could be lost; set fsync = on");
}

}  // namespace playhead::aggregator
