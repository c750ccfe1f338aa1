#include "services/aggregator/log/segment_format.h"

#include "services/aggregator/log/crc32c.h"
#include "services/aggregator/log/little_endian.h"

namespace playhead::aggregator {
namespace {

constexpr std::string_view kSegmentMagic = "PHSEGM\x01\n";
constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::size_t kFixedHeaderBytes = 80;
constexpr std::uint16_t kFrameMagic = 0x4850;
constexpr std::size_t kChecksumAt = 4;

// Over salt, position and the frame but for the checksum and the padding.
std::uint32_t FrameChecksum(std::string_view frame, FramePlace place) {
  std::string salted;
  PutLittleEndian(place.salt, salted);
  PutLittleEndian(place.position, salted);
  const std::uint32_t crc = Crc32c(Crc32c(0, salted), frame.substr(0, kChecksumAt));
  return Crc32c(crc, frame.substr(kChecksumAt + 4));
}

std::optional<SegmentHeader> DecodeHeaderCopy(std::string_view copy) {
  if (copy.size() < kSegmentHeaderCopyBytes || !copy.starts_with(kSegmentMagic)) return {};
  LittleEndianReader in(copy.substr(kSegmentMagic.size()));
  const auto version = in.Take<std::uint32_t>();
  const auto partitions = in.Take<std::uint32_t>();
  if (version != kSegmentVersion || partitions < 1 || partitions > kMaxPartitions) return {};
  SegmentHeader header;
  header.uuid.high = in.Take<std::uint64_t>();
  header.uuid.low = in.Take<std::uint64_t>();
  header.number = in.Take<std::uint64_t>();
  header.salt = in.Take<std::uint64_t>();
  header.start_ms = in.Take<std::int64_t>();
  header.previous = in.Take<std::uint64_t>();
  header.previous_end = in.Take<std::uint64_t>();
  in.Take<std::uint64_t>();  // reserved
  for (std::uint32_t p = 0; p < partitions; ++p) header.base.push_back(in.Take<std::int64_t>());
  const std::size_t bytes = kFixedHeaderBytes + std::size_t{8} * partitions;
  if (in.Take<std::uint32_t>() != Crc32c(0, copy.substr(0, bytes))) return {};
  return header;
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string copy(kSegmentMagic);
  PutLittleEndian(kSegmentVersion, copy);
  PutLittleEndian(static_cast<std::uint32_t>(header.base.size()), copy);
  PutLittleEndian(header.uuid.high, copy);
  PutLittleEndian(header.uuid.low, copy);
  PutLittleEndian(header.number, copy);
  PutLittleEndian(header.salt, copy);
  PutLittleEndian(header.start_ms, copy);
  PutLittleEndian(header.previous, copy);
  PutLittleEndian(header.previous_end, copy);
  PutLittleEndian(std::uint64_t{0}, copy);
  for (const std::int64_t offset : header.base) PutLittleEndian(offset, copy);
  PutLittleEndian(Crc32c(0, copy), copy);
  copy.resize(kSegmentHeaderCopyBytes);
  return copy + copy;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes, std::uint64_t number) {
  auto first = DecodeHeaderCopy(bytes.substr(0, kSegmentHeaderCopyBytes));
  if ((first && first->number == number) || bytes.size() < kSegmentHeaderBytes) return first;
  auto second = DecodeHeaderCopy(bytes.substr(kSegmentHeaderCopyBytes, kSegmentHeaderCopyBytes));
  return second ? second : first;
}

void AppendFrame(const Frame& frame, FramePlace place, std::string& to) {
  const std::size_t begin = to.size();
  PutLittleEndian(static_cast<std::uint32_t>(frame.payload.size()), to);
  PutLittleEndian(std::uint32_t{0}, to);
  PutLittleEndian(kFrameMagic, to);
  PutLittleEndian(static_cast<std::uint16_t>(frame.type), to);
  PutLittleEndian(static_cast<std::uint32_t>(frame.partition), to);
  PutLittleEndian(frame.offset, to);
  PutLittleEndian(frame.append_time_ms, to);
  to.append(frame.payload);
  std::string checksum;
  PutLittleEndian(FrameChecksum(std::string_view(to).substr(begin), place), checksum);
  to.replace(begin + kChecksumAt, checksum.size(), checksum);
  to.resize(begin + FrameBytes(frame.payload.size()));
}

std::optional<std::size_t> PeekFrameBytes(std::string_view header, int partition_count) {
  LittleEndianReader in(header);
  const auto payload_bytes = in.Take<std::uint32_t>();
  in.Take<std::uint32_t>();
  const auto magic = in.Take<std::uint16_t>();
  const auto type = in.Take<std::uint16_t>();
  const auto partition = in.Take<std::uint32_t>();
  const auto offset = in.Take<std::int64_t>();
  if (magic != kFrameMagic || payload_bytes > kMaxPayloadBytes) return {};
  if (type < 1 || type > 3 || offset < 0) return {};
  if (partition >= static_cast<std::uint32_t>(partition_count)) return {};
  return FrameBytes(payload_bytes);
}

std::optional<Frame> DecodeFrame(std::string_view bytes, FramePlace place) {
  LittleEndianReader in(bytes);
  const auto payload_bytes = in.Take<std::uint32_t>();
  const auto checksum = in.Take<std::uint32_t>();
  if (FrameChecksum(bytes.substr(0, kFrameHeaderBytes + payload_bytes), place) != checksum) {
    return {};
  }
  in.Take<std::uint16_t>();
  Frame frame;
  frame.type = static_cast<FrameType>(in.Take<std::uint16_t>());
  frame.partition = static_cast<int>(in.Take<std::uint32_t>());
  frame.offset = in.Take<std::int64_t>();
  frame.append_time_ms = in.Take<std::int64_t>();
  frame.payload = bytes.substr(kFrameHeaderBytes, payload_bytes);
  return frame;
}

std::size_t GroupStartBytes(int partition_count) {
  return 8 + 12 * static_cast<std::size_t>(partition_count);
}

std::string EncodeGroupStart(const GroupStart& group) {
  std::string out;
  PutLittleEndian(group.group_bytes, out);
  for (const std::int64_t offset : group.start) PutLittleEndian(offset, out);
  for (const std::uint32_t count : group.count) PutLittleEndian(count, out);
  return out;
}

std::optional<GroupStart> DecodeGroupStart(std::string_view payload, int partition_count) {
  if (payload.size() != GroupStartBytes(partition_count)) return {};
  LittleEndianReader in(payload);
  GroupStart group;
  group.group_bytes = in.Take<std::uint64_t>();
  for (int p = 0; p < partition_count; ++p) group.start.push_back(in.Take<std::int64_t>());
  for (int p = 0; p < partition_count; ++p) group.count.push_back(in.Take<std::uint32_t>());
  return group;
}

std::size_t SealBytes(int partition_count) {
  return 24 * static_cast<std::size_t>(partition_count);
}

std::string EncodeSeal(const std::vector<PartitionSpan>& spans) {
  std::string out;
  for (const PartitionSpan& span : spans) {
    PutLittleEndian(span.next, out);
    PutLittleEndian(span.first_ms, out);
    PutLittleEndian(span.last_ms, out);
  }
  return out;
}

std::optional<std::vector<PartitionSpan>> DecodeSeal(std::string_view payload,
                                                     int partition_count) {
  if (payload.size() != SealBytes(partition_count)) return {};
  LittleEndianReader in(payload);
  std::vector<PartitionSpan> spans(static_cast<std::size_t>(partition_count));
  for (PartitionSpan& span : spans) {
    span.next = in.Take<std::int64_t>();
    span.first_ms = in.Take<std::int64_t>();
    span.last_ms = in.Take<std::int64_t>();
  }
  return spans;
}

}  // namespace playhead::aggregator
