#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/postgres.h"

namespace playhead::aggregator {

// Reads which partners are configured. Used by one thread at a time.
class PartnersReader {
 public:
  // As playhead_writer.
  explicit PartnersReader(postgres::Options options);

  // Ascending, at most 100,000. Unavailable: the database cannot be reached; try again.
  absl::StatusOr<std::vector<std::int32_t>> Read();

 private:
  const postgres::Options options_;
  std::unique_ptr<postgres::Connection> connection_;
};

}  // namespace playhead::aggregator
