#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "playhead/v1/metadata.pb.h"
#include "services/query/rollup_reader.h"
#include "services/query/tail.h"

namespace playhead::query {

// What of the status request was checked.
struct StatusQuery {
  int partner = 0;  // 0: every partner
  Range range;      // minutes of receipt
};

// Errors as of Metadata.GetDataStatus.
absl::StatusOr<StatusQuery> ParseStatusRequest(const v1::GetDataStatusRequest& request,
                                               absl::Time now, bool allow_all_partners);

// How far the data reach, and the ledger. A tail that cannot be asked is an answer, not an error.
absl::StatusOr<v1::GetDataStatusResponse> ReadDataStatus(const StatusQuery& query,
                                                         RollupReader& reader, TailReader& tail,
                                                         absl::Time deadline);

}  // namespace playhead::query
