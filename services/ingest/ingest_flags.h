#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/serve.h"
#include "services/ingest/aggregator_log.h"
#include "services/ingest/beacon_server.h"
#include "services/ingest/enrichment_sources.h"
#include "services/ingest/validate.h"

namespace playhead::ingest {

// What the flags of playhead-ingest say.
struct IngestFlags {
  std::string metrics_listen;
  std::string aggregator;
  AggregatorLogOptions log;
  TimeLimits limits;
  EnrichmentOptions enrichment;
  BeaconServerOptions beacons;
  GrpcServerOptions grpc;
};

// After ParseFlagsOrExit. InvalidArgument names the flag; files and networks are not looked at.
absl::StatusOr<IngestFlags> ReadIngestFlags();

}  // namespace playhead::ingest
