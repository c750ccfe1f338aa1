#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "playhead/v1/aggregation.pb.h"
#include "services/query/plan.h"
#include "services/query/report_query.h"
#include "services/query/rollup_reader.h"

namespace playhead::query {

// What the aggregator holds and the store may not have yet. Safe to call from many threads.
class TailReader {
 public:
  virtual ~TailReader() = default;

  // Unavailable: not reached, or rebuilding. ResourceExhausted: larger than 2 MiB.
  // DeadlineExceeded.
  virtual absl::StatusOr<v1::ReadTailResponse> ReadTail(const v1::ReadTailRequest& request,
                                                        absl::Time deadline) = 0;

  virtual absl::StatusOr<v1::GetStatusResponse> GetStatus(absl::Time deadline) = 0;
};

// What to ask of the tail for a report.
v1::ReadTailRequest TailRequest(const ReportQuery& query, const Plan& plan);

// Which segments of a tail count beside a snapshot.
struct TailSelection {
  // In the order of the response; they point into it.
  std::vector<const v1::TailSegment*> segments;
  // Writers whose segments do not join the snapshot: none of theirs count.
  std::set<int> mismatched_writers;
  // Everything that reached the log by this instant is in the snapshot or in `segments`.
  // InfinitePast: nothing was ever logged.
  absl::Time through = absl::InfinitePast();
  // Changes when the data do: a hash of where each partition ends.
  std::uint64_t watermark = 0;
};

// A segment counts if it begins at or beyond the stored offset of each of its partitions, is
// skipped if it ends at or before it, and a writer is left out when its partitions disagree, or the
// segments that count do not begin exactly at the stored offsets and follow one another without a
// gap.
TailSelection SelectTail(const std::vector<const v1::TailSegment*>& segments,
                         const std::map<int, StoredOffset>& offsets);

// Pointers to all segments of a response, which must be used as long as the response lives; those
// with columns of unequal length, or with other columns than were asked for, make it
// InvalidArgument.
absl::StatusOr<std::vector<const v1::TailSegment*>> CheckSegments(
    const v1::ReadTailRequest& request, const v1::ReadTailResponse& response);

}  // namespace playhead::query
