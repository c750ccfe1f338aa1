#include "services/aggregator/log/segment_format.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace playhead::aggregator {
namespace {

constexpr FramePlace kPlace{.salt = 0x0123456789ABCDEF, .position = 8192};

SegmentHeader Header() {
  return {.uuid = {.high = 1, .low = std::numeric_limits<std::uint64_t>::max()},
          .number = 7,
          .salt = 99,
          .start_ms = 1234567890123,
          .previous = 6,
          .previous_end = 4096,
          .base = {0, 5, std::numeric_limits<std::int64_t>::max()}};
}

std::string EncodedFrame(const std::string& payload) {
  std::string bytes;
  AppendFrame({.type = FrameType::kBatch,
               .partition = 3,
               .offset = 77,
               .append_time_ms = 1234567890123,
               .payload = payload},
              kPlace, bytes);
  return bytes;
}

TEST(SegmentFormatTest, ReadsBackAHeader) {
  const std::string bytes = EncodeSegmentHeader(Header());
  ASSERT_EQ(bytes.size(), kSegmentHeaderBytes);
  const auto header = DecodeSegmentHeader(bytes, 7);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->uuid, Header().uuid);
  EXPECT_EQ(header->number, 7u);
  EXPECT_EQ(header->salt, 99u);
  EXPECT_EQ(header->start_ms, 1234567890123);
  EXPECT_EQ(header->previous, 6u);
  EXPECT_EQ(header->previous_end, 4096u);
  EXPECT_EQ(header->base, Header().base);
}

TEST(SegmentFormatTest, ReadsTheSecondCopyOfADamagedHeader) {
  std::string bytes = EncodeSegmentHeader(Header());
  bytes.replace(0, 512, std::string(512, '\0'));
  EXPECT_TRUE(DecodeSegmentHeader(bytes, 7));
  bytes.replace(kSegmentHeaderCopyBytes, 512, std::string(512, '\0'));
  EXPECT_FALSE(DecodeSegmentHeader(bytes, 7));
}

TEST(SegmentFormatTest, RefusesAHeaderThatIsCutShort) {
  const std::string bytes = EncodeSegmentHeader(Header());
  for (std::size_t size = 0; size < kSegmentHeaderCopyBytes; size += 13) {
    EXPECT_FALSE(DecodeSegmentHeader(bytes.substr(0, size), 7)) << size;
  }
}

TEST(SegmentFormatTest, ReadsBackFramesOfAnySize) {
  for (const std::size_t size : {0, 1, 7, 8, 9, 1000}) {
    const std::string payload(size, 'x');
    const std::string bytes = EncodedFrame(payload);
    EXPECT_EQ(bytes.size() % 8, 0u);
    ASSERT_EQ(PeekFrameBytes(bytes, 4), bytes.size());
    const auto frame = DecodeFrame(bytes, kPlace);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->type, FrameType::kBatch);
    EXPECT_EQ(frame->partition, 3);
    EXPECT_EQ(frame->offset, 77);
    EXPECT_EQ(frame->append_time_ms, 1234567890123);
    EXPECT_EQ(frame->payload, payload);
  }
}

TEST(SegmentFormatTest, RefusesAFrameOfAnotherSegmentOrPlace) {
  const std::string bytes = EncodedFrame("payload");
  EXPECT_FALSE(DecodeFrame(bytes, {.salt = kPlace.salt + 1, .position = kPlace.position}));
  EXPECT_FALSE(DecodeFrame(bytes, {.salt = kPlace.salt, .position = kPlace.position + 8}));
}

TEST(SegmentFormatTest, RefusesAFrameOfAPartitionThatDoesNotExist) {
  EXPECT_FALSE(PeekFrameBytes(EncodedFrame("payload"), 3));
}

TEST(SegmentFormatTest, RefusesEveryFlippedBit) {
  const std::string bytes = EncodedFrame("payload8");  // no padding
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto size = PeekFrameBytes(flipped, 4);
    EXPECT_FALSE(size && *size <= flipped.size() && DecodeFrame(flipped, kPlace)) << bit;
  }
}

TEST(SegmentFormatTest, ReadsBackGroupsAndSeals) {
  const GroupStart group{.group_bytes = 640, .start = {1, 2}, .count = {3, 0}};
  const auto read = DecodeGroupStart(EncodeGroupStart(group), 2);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->group_bytes, 640u);
  EXPECT_EQ(read->start, group.start);
  EXPECT_EQ(read->count, group.count);
  EXPECT_FALSE(DecodeGroupStart(EncodeGroupStart(group), 3));

  const auto spans = DecodeSeal(EncodeSeal({{.next = 5, .first_ms = 6, .last_ms = 7}}), 1);
  ASSERT_TRUE(spans);
  EXPECT_EQ(spans->at(0).next, 5);
  EXPECT_EQ(spans->at(0).first_ms, 6);
  EXPECT_EQ(spans->at(0).last_ms, 7);
}

}  // namespace
}  // namespace playhead::aggregator
