#include "services/aggregator/aggregation_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/grpc_status.h"
#include "common/random_id.h"
#include "common/status_macros.h"
#include "services/aggregator/tail.h"

namespace playhead::aggregator {
namespace {

constexpr char kDomain[] = "aggregation.playhead";

v1::PartitionState StateOf(const PartitionProgress& at) {
  if (!at.stopped.empty()) return v1::PARTITION_STATE_STOPPED;
  return at.is_running ? v1::PARTITION_STATE_RUNNING : v1::PARTITION_STATE_WARMING_UP;
}

}  // namespace

AppendReactor* AggregationService::AppendBatches(grpc::CallbackServerContext* /*context*/) {
  return appends_.Start();
}

grpc::Status AggregationService::ReadTail(grpc::ServerContext* /*context*/,
                                          const v1::ReadTailRequest* request,
                                          v1::ReadTailResponse* response) {
  const absl::Status status = CollectTail(*request, *response);
  metrics_.tail_reads_by_code.Add({{"code", std::string(absl::StatusCodeToString(status.code()))}})
      .Increment();
  return ToGrpcStatus(status, kDomain);
}

absl::Status AggregationService::CollectTail(const v1::ReadTailRequest& request,
                                             v1::ReadTailResponse& response) const {
  ASSIGN_OR_RETURN(const TailQuery query, ParseTailQuery(request));
  std::size_t bytes = 0;
  for (const Writer* writer : writers_) {
    ASSIGN_OR_RETURN(std::vector<v1::TailSegment> segments, writer->ReadTail(query, kMaxTailBytes));
    for (v1::TailSegment& segment : segments) {
      bytes += segment.ByteSizeLong();
      if (bytes > kMaxTailBytes) {
        return absl::ResourceExhaustedError(
            absl::StrCat("the tail is larger than ", kMaxTailBytes, " bytes"));
      }
      *response.add_segments() = std::move(segment);
    }
  }
  return absl::OkStatus();
}

grpc::Status AggregationService::GetStatus(grpc::ServerContext* /*context*/,
                                           const v1::GetStatusRequest* /*request*/,
                                           v1::GetStatusResponse* response) {
  return ToGrpcStatus(CollectStatus(*response), kDomain);
}

absl::Status AggregationService::CollectStatus(v1::GetStatusResponse& response) const {
  response.set_partition_count(source_.PartitionCount());
  response.set_log_uuid(ToBytes(source_.Uuid()));
  std::int64_t memory_bytes = 0;
  for (const Writer* writer : writers_) {
    memory_bytes += writer->MemoryBytes();
    for (const PartitionProgress& at : writer->Progress()) {
      ASSIGN_OR_RETURN(const EventSource::Bounds bounds, source_.GetBounds(at.partition));
      v1::PartitionStatus& status = *response.add_partitions();
      status.set_partition(at.partition);
      status.set_writer(writer->index());
      status.set_log_first(bounds.first);
      status.set_log_next(bounds.next);
      status.set_folded_next(at.folded_next);
      status.set_committed_next(at.committed_next);
      status.set_state(StateOf(at));
      status.set_detail(at.stopped);
    }
  }
  response.set_memory_bytes(memory_bytes);
  const std::optional<std::vector<std::int32_t>> partners = known_partners_();
  response.set_partners_known(partners.has_value());
  if (partners.has_value()) {
    response.mutable_known_partners()->Add(partners->begin(), partners->end());
  }
  return absl::OkStatus();
}

}  // namespace playhead::aggregator
