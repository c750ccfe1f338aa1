#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace playhead::query {

// The domain of every ErrorInfo of this service.
inline constexpr char kErrorDomain[] = "reporting.playhead";

using ErrorMetadata = std::map<std::string, std::string>;

// INVALID_ARGUMENT with one reason and the request's field at fault.
absl::Status Invalid(std::string reason, std::string field, const std::string& message,
                     ErrorMetadata metadata = {});

// UNIMPLEMENTED (NOT_SERVED) of a field, or of one of its values.
absl::Status NotServed(const std::string& field, const std::string& value = "");

// UNAVAILABLE (DATABASE_UNAVAILABLE), to be sent again after a second.
absl::Status DatabaseUnavailable(const std::string& message);

// DEADLINE_EXCEEDED (DEADLINE) in this stage.
absl::Status DeadlineExceeded(const std::string& stage);

// What callers get for a status of common/postgres: DATABASE_UNAVAILABLE, DEADLINE, else Internal.
absl::Status OfPostgres(const absl::Status& status);

// `value` cut to at most 64 bytes of valid UTF-8, for messages.
std::string Shown(std::string_view value);

}  // namespace playhead::query
