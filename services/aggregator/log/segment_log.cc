#include "services/aggregator/log/segment_log.h"

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "services/aggregator/log/append_queue.h"
#include "services/aggregator/log/segment_log_reader.h"
#include "services/aggregator/log/segment_log_view.h"
#include "services/aggregator/log/segment_log_writer.h"
#include "services/aggregator/log/segment_recovery.h"

namespace playhead::aggregator {
namespace {

// How often an idle log looks at its retention.
constexpr absl::Duration kIdleTick = absl::Seconds(1);

absl::Status CheckOptions(const SegmentLogOptions& options) {
  if (options.directory.empty()) return absl::InvalidArgumentError("directory is empty");
  if (options.partition_count < 1 || options.partition_count > kMaxPartitions) {
    return absl::InvalidArgumentError(absl::StrCat("partition_count is ", options.partition_count,
                                                   "; it must be 1 to ", kMaxPartitions));
  }
  if (options.segment_bytes <= kSegmentHeaderBytes) {
    return absl::InvalidArgumentError(absl::StrCat("segment_bytes is ", options.segment_bytes,
                                                   "; it must be above ", kSegmentHeaderBytes));
  }
  return absl::OkStatus();
}

class SegmentLogImpl final : public SegmentLog {
 public:
  SegmentLogImpl(const SegmentLogOptions& options, Files& files, const Clock& clock,
                 std::unique_ptr<FileLock> lock, const RecoveredLog& recovered)
      : options_(options),
        files_{.files = files, .directory = options.directory},
        meta_(recovered.meta),
        lock_(std::move(lock)),
        view_(std::make_shared<SegmentLogView>(recovered.segments, recovered.next,
                                               recovered.last_ms, clock)),
        writer_(options, files, clock, *view_, recovered),
        queue_(options.max_queue_bytes),
        thread_([this] { Run(); }) {}

  ~SegmentLogImpl() override {
    queue_.Close();
    thread_.join();
  }

  int PartitionCount() const override { return meta_.partition_count; }
  Id128 Uuid() const override { return meta_.uuid; }

  absl::StatusOr<Bounds> GetBounds(int partition) const override {
    RETURN_IF_ERROR(CheckPartition(partition));
    return view_->GetBounds(static_cast<std::size_t>(partition));
  }

  absl::StatusOr<std::int64_t> FindOffset(int partition, std::int64_t time_ms) const override {
    RETURN_IF_ERROR(CheckPartition(partition));
    return FindOffsetByTime(files_, *view_, partition, time_ms);
  }

  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(
      std::vector<PartitionOffset> from) override {
    for (const PartitionOffset& f : from) {
      ASSIGN_OR_RETURN(const Bounds bounds, GetBounds(f.partition));
      if (f.offset >= bounds.first && f.offset <= bounds.next) continue;
      return absl::OutOfRangeError(absl::StrCat("offset ", f.offset, " of partition ", f.partition,
                                                " is not in the log: it has ", bounds.first, " to ",
                                                bounds.next));
    }
    return MakeSegmentLogReader(files_, view_, from);
  }

  void SetCommitted(int partition, std::int64_t next) override {
    if (CheckPartition(partition).ok()) view_->SetCommitted(partition, next);
  }

  void Append(std::vector<LogAppend> batches, std::function<void(absl::Status)> done) override {
    AppendRequest request{.batches = std::move(batches), .done = std::move(done)};
    request.refusal = CheckBatches(request.batches);
    if (!request.refusal.ok()) request.batches.clear();
    queue_.Push(std::move(request));
  }

  absl::Status Health() const override { return writer_.Health(); }
  SegmentLogCounters Counters() const override { return writer_.Counters(); }

 private:
  absl::Status CheckPartition(int partition) const {
    if (partition >= 0 && partition < meta_.partition_count) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "partition ", partition, " does not exist; the log has 0 to ", meta_.partition_count - 1));
  }

  absl::Status CheckBatches(const std::vector<LogAppend>& batches) const {
    for (const LogAppend& batch : batches) {
      RETURN_IF_ERROR(CheckPartition(batch.partition));
      if (batch.payload.size() <= kMaxPayloadBytes) continue;
      return absl::InvalidArgumentError(absl::StrCat("a batch has ", batch.payload.size(),
                                                     " bytes; at most ", kMaxPayloadBytes,
                                                     " are allowed"));
    }
    return absl::OkStatus();
  }

  void Run() {
    while (!queue_.IsClosedAndEmpty()) {
      std::vector<AppendRequest> group = queue_.Take(options_.group_bytes, kIdleTick);
      if (group.empty()) {
        writer_.MarkDurable();
      } else {
        Answer(group);
      }
      writer_.Retire();
    }
    writer_.MarkDurable();
  }

  void Answer(const std::vector<AppendRequest>& group) {
    std::size_t batches = 0;
    for (const AppendRequest& request : group) batches += request.batches.size();
    const absl::Status committed = batches > 0 ? writer_.Commit(group) : absl::OkStatus();
    for (const AppendRequest& request : group) {
      request.done(request.refusal.ok() ? committed : request.refusal);
    }
  }

  const SegmentLogOptions options_;
  const SegmentFiles files_;
  const LogMeta meta_;
  const std::unique_ptr<FileLock> lock_;
  const std::shared_ptr<SegmentLogView> view_;
  SegmentLogWriter writer_;
  AppendQueue queue_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SegmentLog>> OpenSegmentLog(const SegmentLogOptions& options,
                                                           Files& files, const Clock& clock) {
  RETURN_IF_ERROR(CheckOptions(options));
  RETURN_IF_ERROR(files.MakeDirectory(options.directory));
  ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, files.Lock(options.directory + "/log.lock"));
  ASSIGN_OR_RETURN(const RecoveredLog recovered,
                   RecoverLog(files, options.directory, options.partition_count));
  if (recovered.meta.partition_count != options.partition_count) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the log in ", options.directory, " has ", recovered.meta.partition_count,
        " partitions, fixed at its creation; ", options.partition_count, " are configured"));
  }
  return std::make_unique<SegmentLogImpl>(options, files, clock, std::move(lock), recovered);
}

}  // namespace playhead::aggregator
