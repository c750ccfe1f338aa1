#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/files.h"

namespace playhead::aggregator {

// The end of the last segment, as a scan found it.
struct TornTail {
  std::uint64_t number = 0;      // of the segment
  std::uint64_t last_group = 0;  // where its last group begins; 0: with the header
  std::uint64_t end = 0;         // of the last whole frame
  std::string header = {};       // of the segment, encoded
};

// Cuts the segment off at its end and makes what remains durable, even where an earlier fdatasync
// failed. The cut bytes are kept aside in a file `<number>-<end>.torn`: at most 1 MiB of them, and
// the newest four such files. How many bytes were cut.
absl::StatusOr<std::int64_t> CutTornTail(Files& files, const std::string& directory, File& segment,
                                         const TornTail& tail);

}  // namespace playhead::aggregator
