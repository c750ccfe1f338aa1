#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event.h"
#include "common/files.h"

namespace playhead::aggregator {

// What is fixed at a log's creation; the file `log.meta` in its directory.
struct LogMeta {
  Id128 uuid;
  int partition_count = 0;
};

// nullopt: there is no such file, or it is damaged.
absl::StatusOr<std::optional<LogMeta>> ReadLogMeta(Files& files, const std::string& directory);

// Replaces the file in `directory`, durably.
absl::Status WriteLogMeta(Files& files, const std::string& directory, const LogMeta& meta);

}  // namespace playhead::aggregator
