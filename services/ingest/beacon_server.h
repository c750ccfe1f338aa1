#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "services/ingest/beacon_connection.h"
#include "services/ingest/ingest.h"

namespace playhead::ingest {

struct BeaconServerOptions {
  std::string listen;  // host:port; port 0 chooses one
  int io_threads = 2;
  int max_connections = 12'000;
  BeaconTimeouts timeouts;
};

// The HTTP door. Serves from Start until it is destroyed.
class BeaconServer {
 public:
  virtual ~BeaconServer() = default;

  // `ingest` and `metrics` must outlive the server, but answers of the log must not come after it
  // is destroyed. InvalidArgument: `listen` is no address. Unavailable: the port is taken.
  static absl::StatusOr<std::unique_ptr<BeaconServer>> Start(const BeaconServerOptions& options,
                                                             Ingest& ingest, IngestMetrics& metrics,
                                                             Clock clock);

  virtual int port() const = 0;

  // Stops accepting, closes idle connections, answers what was read with `Connection: close`. After
  // `limit` it closes what is left. Returns when nothing runs any more.
  virtual void Drain(absl::Duration limit) = 0;
};

}  // namespace playhead::ingest
