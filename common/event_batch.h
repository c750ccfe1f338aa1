#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/event.h"
#include "playhead/v1/event_batch.pb.h"

namespace playhead {

inline constexpr int kMaxBatchEvents = 1000;
inline constexpr std::size_t kMaxBatchBytes = 2 << 20;

// The wire form of `events` (0 to 1,000, all of one partition) for the log; see event_batch.proto.
v1::EventBatch PackBatch(std::span<const Event> events);

// One event of an unpacked batch. Dimensions are indexes into the batch's dictionary.
struct BatchEvent {
  std::int32_t partner = 0;
  std::int32_t event_type = 0;
  std::uint8_t door = 0;
  std::int64_t receive_time_ms = 0;
  std::int64_t event_time_ms = 0;
  Id128 identity;
  std::uint64_t content = 0;
  std::uint32_t event_index = 0;
  Id128 session;
  std::uint64_t viewer = 0;
  std::uint64_t known_user = 0;
  std::array<std::uint32_t, catalog::kDimensionCount> dimensions{};
  std::array<std::int64_t, catalog::kNumberCount> numbers{};  // -1: absent

  std::int64_t number(catalog::Number n) const { return numbers[static_cast<std::size_t>(n)]; }
  std::uint32_t dimension(catalog::Dimension d) const {
    return dimensions[static_cast<std::size_t>(d)];
  }
};

// A batch that was read back and checked as hostile input.
struct UnpackedBatch {
  Id128 producer;
  std::uint64_t sequence = 0;
  std::vector<std::string> dictionary;  // [0] is empty
  std::vector<BatchEvent> events;
  std::vector<v1::RejectedCount> rejected;
};

// Event times must lie in [append_time_ms - 9 days, append_time_ms + 1 hour], so that a batch can
// only touch buckets that ingest would have let through. InvalidArgument, with the field at fault,
// when `bytes` is not a valid batch: not protobuf, columns of unequal length, indexes outside the
// dictionary, bad UTF-8 or NUL, numbers out of range.
absl::StatusOr<UnpackedBatch> UnpackBatch(std::string_view bytes, std::int64_t append_time_ms);

}  // namespace playhead
