#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/postgres.h"

namespace playhead::tools {

// Sets the zone that a partner's days are folded in, from the next fold on; creates the partner
// where it is not known. The connection must own the tables. InvalidArgument: `partner` is not
// above 0, or `time_zone` is not an IANA name that both PostgreSQL and this process know.
// Unavailable: try again (a fold into days may be running).
absl::Status SetPartnerTimeZone(postgres::Connection& connection, std::int32_t partner,
                                const std::string& time_zone);

}  // namespace playhead::tools
