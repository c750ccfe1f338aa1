#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace playhead::postgres {

// What a caller should do about an error of the server, from its SQLSTATE: Unavailable: the same
// again (connection, shutdown, serialization, deadlock, lock or statement timeout, resources);
// InvalidArgument: other values (classes 22 and 23); FailedPrecondition: an operator (privileges,
// missing objects, read-only server); Internal: the rest.
absl::StatusCode CodeOfSqlState(std::string_view sqlstate);

// A status with that code that carries `sqlstate`.
absl::Status ServerError(std::string_view sqlstate, std::string_view message);

// The SQLSTATE that `status` carries; empty: none.
std::string SqlStateOf(const absl::Status& status);

}  // namespace playhead::postgres
