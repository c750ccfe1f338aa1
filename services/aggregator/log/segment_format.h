#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/event.h"

// The bytes of a segment file; docs/log-format.md describes them. Pure.
namespace playhead::aggregator {

inline constexpr int kMaxPartitions = 256;
inline constexpr std::size_t kMaxPayloadBytes = 2 << 20;
inline constexpr std::size_t kFrameHeaderBytes = 32;
// Two copies of the header, each in a page of its own.
inline constexpr std::size_t kSegmentHeaderCopyBytes = 4096;
inline constexpr std::size_t kSegmentHeaderBytes = 2 * kSegmentHeaderCopyBytes;

// What a segment says at its beginning.
struct SegmentHeader {
  Id128 uuid = {};             // of the log
  std::uint64_t number = 0;    // of the segment; grows, never used twice
  std::uint64_t salt = 0;      // random; part of every checksum in the segment
  std::int64_t start_ms = 0;   // no frame of the segment has an earlier append time
  std::uint64_t previous = 0;  // number of the segment before; 0: none
  // The bytes of the segment before that count; what follows them was never acked nor shown to a
  // reader.
  std::uint64_t previous_end = 0;
  std::vector<std::int64_t> base = {};  // by partition: the next offset
};

// Both copies: kSegmentHeaderBytes.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// From the first bytes of a file: the copy that is whole, and of segment `number` if one of them
// is; nullopt: neither is whole.
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes, std::uint64_t number);

enum class FrameType : std::uint8_t { kBatch = 1, kGroup = 2, kSeal = 3 };

// A frame; `payload` belongs to the caller.
struct Frame {
  FrameType type = FrameType::kBatch;
  int partition = 0;        // 0 but for kBatch
  std::int64_t offset = 0;  // 0 but for kBatch
  std::int64_t append_time_ms = 0;
  std::string_view payload = {};
};

// Where a frame stands is part of its checksum: a frame that was moved or copied is not one.
struct FramePlace {
  std::uint64_t salt = 0;
  std::uint64_t position = 0;  // in the file, a multiple of 8
};

// Header, payload and padding to a multiple of 8.
constexpr std::size_t FrameBytes(std::size_t payload_bytes) {
  return (kFrameHeaderBytes + payload_bytes + 7) / 8 * 8;
}

void AppendFrame(const Frame& frame, FramePlace place, std::string& to);
// How many bytes a frame with this header has; nullopt: it cannot be one. `header`:
// kFrameHeaderBytes.
std::optional<std::size_t> PeekFrameBytes(std::string_view header, int partition_count);
// `bytes`: as many as PeekFrameBytes said. nullopt: the checksum does not fit.
std::optional<Frame> DecodeFrame(std::string_view bytes, FramePlace place);

// The payload of the frame that begins every group. Where one begins, everything before it is
// durable.
struct GroupStart {
  std::uint64_t group_bytes = 0;     // with this frame
  std::vector<std::int64_t> start;   // by partition: the next offset before the group
  std::vector<std::uint32_t> count;  // by partition: batches in the group
};
std::size_t GroupStartBytes(int partition_count);
std::string EncodeGroupStart(const GroupStart& group);
std::optional<GroupStart> DecodeGroupStart(std::string_view payload, int partition_count);

// What a partition has in a segment. Times are meaningless when it has no batch.
struct PartitionSpan {
  std::int64_t next = 0;  // the next offset after the segment
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
};
// The payload of the frame that ends a complete segment, by partition.
std::size_t SealBytes(int partition_count);
std::string EncodeSeal(const std::vector<PartitionSpan>& spans);
std::optional<std::vector<PartitionSpan>> DecodeSeal(std::string_view payload, int partition_count);

}  // namespace playhead::aggregator
