#pragma once

#include <memory>

#include "services/ingest/batch_writer.h"
#include "services/ingest/event_log.h"
#include "services/ingest/ingest_metrics.h"

namespace grpc {
class Channel;
}

namespace playhead::ingest {

struct AggregatorLogOptions {
  BatchWriterOptions writer = {};
  // How often partitions and known partners are asked for once they are known.
  absl::Duration status_interval = absl::Seconds(30);
  // A stream on which the oldest request was not acked for this long is replaced.
  absl::Duration ack_timeout = absl::Seconds(10);
  // Between attempts to connect; doubled up to the greatest, half of it random.
  absl::Duration least_backoff = absl::Milliseconds(50);
  absl::Duration greatest_backoff = absl::Seconds(1);
};

// A channel to `address` (host:port) that tries again quickly after the aggregator was away.
std::shared_ptr<grpc::Channel> MakeAggregatorChannel(const std::string& address);

// The log that the aggregator keeps: one AppendBatches stream, replaced when it breaks. `metrics`
// must outlive it.
std::unique_ptr<EventLog> MakeAggregatorLog(std::shared_ptr<grpc::Channel> channel,
                                            const AggregatorLogOptions& options,
                                            IngestMetrics& metrics);

}  // namespace playhead::ingest
