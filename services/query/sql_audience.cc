#include "services/query/sql_audience.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/query/buckets.h"
#include "services/query/plan_audience.h"
#include "services/query/sql_ranges.h"
#include "services/query/sql_tail.h"

namespace playhead::query {
namespace {

constexpr char kTenSecondsTable[] = "audience_ten_seconds";

class AudienceWriter {
 public:
  AudienceWriter(const SqlInput& input, const AudiencePlan& plan, SqlParameters& parameters)
      : input_(input),
        plan_(plan),
        parameters_(parameters),
        tens_(RangesOf(plan.regions, {Tier::kTenSeconds})),
        quarters_(RangesOf(plan.regions, {Tier::kQuarterHour})) {}

  std::string WriteTenSeconds() {
    std::string sql;
    if (!tens_.empty()) {
      absl::StrAppend(&sql, SelectTenSeconds(), kTenSecondsTable, " r WHERE ",
                      Where(tens_, BoundsOf(tens_)), "\n  UNION ALL\n  ");
    }
    if (!quarters_.empty()) absl::StrAppend(&sql, WriteYoungQuarters());
    return sql + TenSecondsTailSelect(input_, parameters_);
  }

  std::string WritePeaks() {
    if (quarters_.empty()) return "";
    const char* column =
        CountsHumansAlone(input_.query) ? "r.peak_human_viewers" : "r.peak_viewers";
    return absl::StrCat("SELECT ", Keys(false), ", ", column,
                        "::bigint AS viewers FROM peak_quarter_hour r WHERE ",
                        Where(quarters_, BoundsOf(quarters_)));
  }

 private:
  std::string Keys(bool with_traffic) const {
    std::string keys = "r.bucket";
    for (const Field& field : input_.query.Fields()) {
      const std::string name(FieldName(field));
      if (field.IsTraffic() && !with_traffic) continue;
      if (field.kind == Field::Kind::kPartner) {
        absl::StrAppend(&keys, ", r.partner");
      } else {
        absl::StrAppend(&keys, ", r.", name, " COLLATE \"C\" AS ", name);
      }
    }
    return keys;
  }

  std::string SelectTenSeconds() const {
    return absl::StrCat("SELECT ", Keys(true), ", r.views::bigint AS views FROM ");
  }

  std::string Where(const std::vector<Range>& ranges, const Range& bounds) {
    return absl::StrCat(IsIn(ranges, bounds, parameters_), " AND r.audience = ",
                        parameters_.Value(std::string(plan_.audience->name), "text"),
                        AndOfPartner(input_.query, parameters_));
  }

  // Starts of the quarter hours that the tail has rows in.
  std::vector<absl::Time> TailQuarters() const {
    std::vector<absl::Time> starts;
    for (const v1::TailSegment* segment : input_.tail) {
      for (const std::int64_t ms : segment->ten_seconds_ms()) {
        starts.push_back(FloorQuarter(absl::FromUnixMillis(ms)));
      }
    }
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    return starts;
  }

  // Quarter hours that rows without a fold lie in, whole: their peaks do not have these rows.
  std::string WriteYoungQuarters() {
    const Range all = BoundsOf(quarters_);
    std::vector<absl::Time> starts = TailQuarters();
    Range young{absl::InfiniteFuture(), absl::InfinitePast()};
    const auto add = [&](absl::Time first, absl::Time last) {
      young.start = std::min(young.start, FloorQuarter(first));
      young.end = std::max(young.end, FloorQuarter(last) + absl::Minutes(15));
    };
    for (const absl::Time start : starts) add(start, start);
    std::vector<std::int64_t> open;
    for (const OpenEpoch& epoch : input_.state.open_minutes) {
      if (epoch.buckets.start >= all.end || epoch.buckets.end <= all.start) continue;
      open.push_back(epoch.epoch_id);
      add(epoch.buckets.start, epoch.buckets.end - absl::Milliseconds(1));
    }
    const Range bounds{std::max(all.start, young.start), std::min(all.end, young.end)};
    if (bounds.start >= bounds.end) return "";
    const std::string open_epochs = parameters_.Numbers(open);
    return absl::StrCat(
        SelectTenSeconds(),
        "(SELECT DISTINCT date_bin('15 minutes', o.bucket, '2000-01-01 00:00+00') AS start FROM "
        "(SELECT r.bucket FROM ",
        kTenSecondsTable, " r WHERE r.epoch_id = ANY (", open_epochs, ") AND ",
        Where(quarters_, bounds), " UNION ALL SELECT unnest(", parameters_.Times(starts),
        ")) o) q JOIN ", kTenSecondsTable,
        " r ON r.bucket >= q.start AND r.bucket < q.start + interval '15 minutes' WHERE ",
        Where(quarters_, bounds), "\n  UNION ALL\n  ");
  }

  const SqlInput& input_;
  const AudiencePlan& plan_;
  SqlParameters& parameters_;
  const std::vector<Range> tens_;
  const std::vector<Range> quarters_;
};

}  // namespace

std::string TenSecondsSql(const SqlInput& input, const AudiencePlan& plan,
                          SqlParameters& parameters) {
  return AudienceWriter(input, plan, parameters).WriteTenSeconds();
}

std::string PeaksSql(const SqlInput& input, const AudiencePlan& plan, SqlParameters& parameters) {
  return AudienceWriter(input, plan, parameters).WritePeaks();
}

}  // namespace playhead::query
