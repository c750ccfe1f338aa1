#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace playhead {

// The exit code of a bad configuration (EX_CONFIG).
inline constexpr int kExitConfig = 78;

// Sets every flag from `--name=value`, `--name value`, `--name`, `--noname`, else from the
// environment variable PLAYHEAD_<NAME>. --help prints the flags and exits 0; an unknown flag, a bad
// value or a stray argument prints one line and exits 78.
void ParseFlagsOrExit(int argc, char** argv, std::string_view about);

// Prints `status` as one line on stderr and exits 78 when it is not OK.
void CheckConfigOrExit(const absl::Status& status);

// OK when `value` is `host:port` with a loopback host, or when `insecure_listen` is true. `flag`
// names it in the error.
absl::Status CheckListen(std::string_view flag, const std::string& value, bool insecure_listen);

// OK when `value` is `host:port` of a server to call. `flag` names it in the error.
absl::Status CheckTarget(std::string_view flag, const std::string& value);

// The whole of a file of at most 1 MiB. NotFound, or InvalidArgument when it is larger.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace playhead
