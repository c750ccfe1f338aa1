#include "services/query/tail.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "services/query/metrics_of.h"

namespace playhead::query {
namespace {

enum class Standing { kNeutral, kStored, kCounts, kTorn };

std::int64_t NextOf(const std::map<int, StoredOffset>& offsets, int partition) {
  const auto found = offsets.find(partition);
  return found == offsets.end() ? 0 : found->second.next;
}

Standing StandingOf(const v1::PartitionRange& range, std::int64_t stored) {
  if (range.next() < range.first()) return Standing::kTorn;
  if (range.first() == range.next() && range.first() <= stored) return Standing::kNeutral;
  if (range.first() >= stored) return Standing::kCounts;
  return range.next() <= stored ? Standing::kStored : Standing::kTorn;
}

Standing StandingOf(const v1::TailSegment& segment, const std::map<int, StoredOffset>& offsets) {
  Standing standing = Standing::kNeutral;
  for (const v1::PartitionRange& range : segment.ranges()) {
    const Standing of_range = StandingOf(range, NextOf(offsets, range.partition()));
    if (of_range == Standing::kNeutral) continue;
    if (standing != Standing::kNeutral && standing != of_range) return Standing::kTorn;
    standing = of_range;
  }
  return standing;
}

// Whether a segment that counts begins where the ones before it, or the store, end; moves `ends`
// on.
bool Joins(const v1::TailSegment& segment, std::map<int, StoredOffset>& ends) {
  for (const v1::PartitionRange& range : segment.ranges()) {
    StoredOffset& end = ends[range.partition()];
    if (range.first() != end.next) {
      // A partition without records says nothing, wherever it stands below the end.
      if (range.first() == range.next() && range.first() < end.next) continue;
      return false;
    }
    end.next = range.next();
    end.through = std::max(end.through, absl::FromUnixMillis(range.through_ms()));
  }
  return true;
}

// The segments of one writer that count; nullopt: they do not join the store.
std::optional<std::vector<const v1::TailSegment*>> SelectWriter(
    const std::vector<const v1::TailSegment*>& segments, const std::map<int, StoredOffset>& offsets,
    std::map<int, StoredOffset>& ends) {
  std::vector<const v1::TailSegment*> counting;
  for (const v1::TailSegment* segment : segments) {
    const Standing standing = StandingOf(*segment, offsets);
    if (standing == Standing::kTorn) return std::nullopt;
    // A stored segment after one that counts: the log was read in another order than this.
    if (standing == Standing::kStored && !counting.empty()) return std::nullopt;
    if (standing == Standing::kStored) continue;
    if (!Joins(*segment, ends)) return std::nullopt;
    counting.push_back(segment);
  }
  return counting;
}

template <typename Columns, typename Size>
bool AreOfSize(const Columns& columns, int count, Size size) {
  return columns.size() == count &&
         std::all_of(columns.begin(), columns.end(),
                     [size](const auto& column) { return column.values_size() == size; });
}

}  // namespace

v1::ReadTailRequest TailRequest(const ReportQuery& query, const Plan& plan) {
  v1::ReadTailRequest request;
  request.set_partner(query.partner);
  for (const Field& field : query.Fields()) {
    if (field.kind == Field::Kind::kEventType) continue;
    if (field.kind == Field::Kind::kPartner && query.partner != 0) continue;
    request.add_dimensions(std::string(FieldName(field)));
  }
  // All of a report without regions is made of ten seconds.
  const MetricInputs inputs = plan.regions.empty() ? MetricInputs() : InputsOf(query.metrics);
  for (const catalog::MeasureInfo& info : catalog::Measures()) {
    const bool is_needed =
        plan.by_event_type ? info.event_type != 0 : inputs.measures.contains(info.id);
    if (is_needed) request.add_measures(std::string(info.name));
  }
  for (const catalog::Sketch sketch : inputs.sketches) {
    request.add_sketches(std::string(catalog::Info(sketch).name));
  }
  request.set_events(inputs.events || plan.by_event_type);
  request.set_ten_seconds(plan.audience.has_value());
  request.set_from_ms(absl::ToUnixMillis(query.range.start));
  request.set_until_ms(absl::ToUnixMillis(query.range.end));
  return request;
}

TailSelection SelectTail(const std::vector<const v1::TailSegment*>& segments,
                         const std::map<int, StoredOffset>& offsets) {
  std::map<int, std::vector<const v1::TailSegment*>> by_writer;
  for (const v1::TailSegment* segment : segments) by_writer[segment->writer()].push_back(segment);
  TailSelection selection;
  std::map<int, StoredOffset> ends = offsets;
  for (const auto& [writer, of_writer] : by_writer) {
    std::map<int, StoredOffset> moved = ends;
    const auto counting = SelectWriter(of_writer, offsets, moved);
    if (!counting.has_value()) {
      selection.mismatched_writers.insert(writer);
      continue;
    }
    ends = std::move(moved);
    selection.segments.insert(selection.segments.end(), counting->begin(), counting->end());
  }
  selection.through = ends.empty() ? absl::InfinitePast() : absl::InfiniteFuture();
  std::string positions;
  for (const auto& [partition, end] : ends) {
    selection.through = std::min(selection.through, end.through);
    absl::StrAppend(&positions, partition, ":", end.next, " ");
  }
  selection.watermark = Murmur3(positions).low;
  return selection;
}

absl::StatusOr<std::vector<const v1::TailSegment*>> CheckSegments(
    const v1::ReadTailRequest& request, const v1::ReadTailResponse& response) {
  std::vector<const v1::TailSegment*> segments;
  for (const v1::TailSegment& segment : response.segments()) {
    const int rows = segment.minute_ms_size();
    const int events = segment.event_minute_ms_size();
    const int tens = segment.ten_seconds_ms_size();
    const bool is_whole =
        (rows == 0 || (AreOfSize(segment.dimensions(), request.dimensions_size(), rows) &&
                       AreOfSize(segment.measures(), request.measures_size(), rows) &&
                       AreOfSize(segment.sketches(), request.sketches_size(), rows))) &&
        (events == 0 || AreOfSize(segment.event_dimensions(), request.dimensions_size(), events)) &&
        segment.event_type_size() == events && segment.event_count_size() == events &&
        (segment.event_error_code_size() == events || segment.event_error_code_size() == 0) &&
        segment.ten_seconds_views_size() == tens &&
        (tens == 0 || (request.ten_seconds() && AreOfSize(segment.ten_seconds_dimensions(),
                                                          request.dimensions_size(), tens)));
    if (!is_whole) return absl::InvalidArgumentError("tail: columns of unequal length");
    segments.push_back(&segment);
  }
  return segments;
}

}  // namespace playhead::query
