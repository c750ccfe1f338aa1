#include "services/aggregator/log/segment.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace playhead::aggregator {
namespace {

constexpr std::size_t kNumberDigits = 20;
constexpr char kSuffix[] = ".segment";

}  // namespace

std::string SegmentPath(const std::string& directory, std::uint64_t number) {
  return absl::StrFormat("%s/%020d%s", directory, number, kSuffix);
}

std::uint64_t SegmentNumber(const std::string& name) {
  std::uint64_t number = 0;
  if (name.size() != kNumberDigits + sizeof(kSuffix) - 1 || !name.ends_with(kSuffix)) return 0;
  return absl::SimpleAtoi(name.substr(0, kNumberDigits), &number) ? number : 0;
}

Segment EmptySegment(const SegmentHeader& header) {
  Segment segment{.number = header.number,
                  .salt = header.salt,
                  .end = kSegmentHeaderBytes,
                  .last_ms = header.start_ms,
                  .base = header.base,
                  .spans = std::vector<PartitionSpan>(header.base.size())};
  for (std::size_t p = 0; p < header.base.size(); ++p) segment.spans[p].next = header.base[p];
  return segment;
}

void Extend(Segment& segment, const Frame& batch) {
  const auto p = static_cast<std::size_t>(batch.partition);
  PartitionSpan& span = segment.spans[p];
  if (!segment.HasBatches(p)) span.first_ms = batch.append_time_ms;
  span.last_ms = batch.append_time_ms;
  span.next = batch.offset + 1;
  segment.last_ms = std::max(segment.last_ms, batch.append_time_ms);
}

}  // namespace playhead::aggregator
