#include "common/text_id.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace playhead {
namespace {

std::string Key() {
  std::string key;
  for (char i = 0; i < 16; ++i) key.push_back(i);
  return key;
}

TEST(TextIdTest, IsSipHashOfPartnerAndTextUnderTheKey) {
  const auto hasher = TextIdHasher::Make(Key());
  ASSERT_TRUE(hasher.ok());
  // openssl mac -macopt hexkey:000102..0f -macopt size:8 SIPHASH, little-endian.
  EXPECT_EQ((*hasher)->Id(1, "example.org/a"), static_cast<std::int64_t>(0xa785dc4e7584b561));
}

TEST(TextIdTest, IsZeroForTheEmptyTextOnly) {
  const auto hasher = TextIdHasher::Make(Key());
  ASSERT_TRUE(hasher.ok());
  EXPECT_EQ((*hasher)->Id(1, ""), 0);
  EXPECT_NE((*hasher)->Id(1, "0"), 0);
}

TEST(TextIdTest, DiffersByPartnerTextAndKey) {
  auto hasher = TextIdHasher::Make(Key());
  auto other = TextIdHasher::Make(std::string(16, 'k'));
  ASSERT_TRUE(hasher.ok());
  ASSERT_TRUE(other.ok());
  const std::set<std::int64_t> ids = {(*hasher)->Id(1, "a"), (*hasher)->Id(2, "a"),
                                      (*hasher)->Id(1, "b"), (*other)->Id(1, "a")};
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ((*hasher)->Id(1, "a"), (*hasher)->Id(1, "a"));
}

TEST(TextIdTest, RefusesAKeyOfAnotherLength) {
  for (const std::size_t size : {0, 15, 17}) {
    EXPECT_EQ(TextIdHasher::Make(std::string(size, 'k')).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace playhead
