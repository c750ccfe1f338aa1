#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/query/tail.h"
#include "tests/query/test_store.h"

namespace playhead::query {

// A segment of the tail by its events; answers any question about it.
struct TestSegment {
  int writer = 0;
  std::vector<v1::PartitionRange> ranges;
  std::vector<TestEvent> events;
};

inline v1::PartitionRange PartitionRangeOf(int partition, std::int64_t first, std::int64_t next,
                                           absl::Time through) {
  v1::PartitionRange range;
  range.set_partition(partition);
  range.set_first(first);
  range.set_next(next);
  range.set_through_ms(absl::ToUnixMillis(through));
  return range;
}

// A sketch of one element in hll's storage format: EXPLICIT, 11/5/-1/1.
inline std::string OneElement(std::int64_t hash) {
  std::string bytes("\x12\x8b\x7f", 3);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>((static_cast<std::uint64_t>(hash) >> shift) & 0xff));
  }
  return bytes;
}

// The segment as the aggregator would send it: a row per event.
inline v1::TailSegment Answer(const v1::ReadTailRequest& request, const TestSegment& segment) {
  v1::TailSegment answer;
  answer.set_writer(segment.writer);
  for (const auto& range : segment.ranges) *answer.add_ranges() = range;
  for (int i = 0; i < request.dimensions_size(); ++i) {
    answer.add_dimensions();
    answer.add_event_dimensions();
    if (request.ten_seconds()) answer.add_ten_seconds_dimensions();
  }
  for (int i = 0; i < request.measures_size(); ++i) answer.add_measures();
  for (int i = 0; i < request.sketches_size(); ++i) answer.add_sketches();
  const std::set<std::string> asked(request.dimensions().begin(), request.dimensions().end());
  for (const TestEvent& event : segment.events) {
    const std::int64_t minute = absl::ToUnixMillis(event.minute);
    if (request.partner() != 0 && request.partner() != event.partner) continue;
    const std::int64_t instant = absl::ToUnixMillis(event.Instant());
    if (instant < request.from_ms() || instant >= request.until_ms()) continue;
    const bool is_ten_seconds_row =
        request.ten_seconds() && event.Measure(catalog::Measure::kViews) > 0;
    const std::string& error_code = event.dimension(catalog::Dimension::kErrorCode);
    const bool has_measure = catalog::MeasureOfEventType(event.event_type).has_value();
    const bool is_event_row =
        request.events() && (!has_measure || (asked.contains("error_code") && !error_code.empty()));
    answer.add_minute_ms(minute);
    if (is_event_row) answer.add_event_minute_ms(minute);
    for (int i = 0; i < request.dimensions_size(); ++i) {
      const std::string& name = request.dimensions(i);
      std::string text = absl::StrCat(event.partner);
      if (name != "partner") text = event.dimension(catalog::FindDimension(name)->id);
      answer.mutable_dimensions(i)->add_values(name == "error_code" ? "" : text);
      if (is_event_row) answer.mutable_event_dimensions(i)->add_values(text);
      if (is_ten_seconds_row) answer.mutable_ten_seconds_dimensions(i)->add_values(text);
    }
    if (is_ten_seconds_row) {
      answer.add_ten_seconds_ms(instant);
      answer.add_ten_seconds_views(1);
    }
    for (int i = 0; i < request.measures_size(); ++i) {
      for (const auto& info : catalog::Measures()) {
        if (info.name != request.measures(i)) continue;
        answer.mutable_measures(i)->add_values(event.Measure(info.id));
      }
    }
    for (int i = 0; i < request.sketches_size(); ++i) {
      const std::string& name = request.sketches(i);
      std::string bytes;
      if (name == "unique_sessions") bytes = OneElement(event.session);
      if (name == "unique_viewers" && event.HasViewer()) bytes = OneElement(event.viewer);
      if (name == "unique_known_users" && event.known_user != 0)
        bytes = OneElement(event.known_user);
      answer.mutable_sketches(i)->add_values(bytes);
    }
    if (is_event_row) {
      answer.add_event_type(event.event_type);
      answer.add_event_error_code(asked.contains("error_code") ? error_code : "");
      answer.add_event_count(1);
    }
  }
  return answer;
}

// Answers with its segments, or with the first of `queue` while there are any.
class FakeTail final : public TailReader {
 public:
  absl::StatusOr<v1::ReadTailResponse> ReadTail(const v1::ReadTailRequest& request,
                                                absl::Time /*deadline*/) override {
    ++reads;
    if (on_read) on_read();
    if (!status.ok()) return status;
    std::vector<TestSegment> now = segments;
    if (!queue.empty()) {
      now = queue.front();
      queue.pop_front();
    }
    v1::ReadTailResponse response;
    for (const TestSegment& segment : now) *response.add_segments() = Answer(request, segment);
    return response;
  }
  absl::StatusOr<v1::GetStatusResponse> GetStatus(absl::Time /*deadline*/) override {
    if (!status.ok()) return status;
    return aggregator;
  }

  absl::Status status;
  std::vector<TestSegment> segments;
  std::deque<std::vector<TestSegment>> queue;
  std::function<void()> on_read;
  v1::GetStatusResponse aggregator;
  int reads = 0;
};

}  // namespace playhead::query
