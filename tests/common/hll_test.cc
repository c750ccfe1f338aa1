#include "common/hll.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "common/strings.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace playhead {
namespace {

using playhead::testing::TestDatabase;

// Keys from, from + 1, ..., until - 1.
Hll SketchOf(int from, int until) {
  Hll sketch;
  for (int i = from; i < until; ++i) sketch.Add(Murmur3(absl::StrCat("key ", i)).low);
  return sketch;
}

std::string SqlSketchOf(int from, int until) {
  return absl::StrCat(
      "(SELECT coalesce(hll_add_agg(hll_hash_text('key ' || i), 11, 5, -1, 1), "
      "hll_empty(11, 5, -1, 1)) FROM generate_series(",
      from, ", ", until - 1, ") i)");
}

std::string Hex(const Hll& sketch) { return absl::BytesToHexString(sketch.Serialize()); }

std::vector<int> Sizes() {
  std::vector<int> sizes = {0,   1,    2,    3,    5,    10,    50,    100,   159,    160,
                            161, 162,  200,  300,  320,  321,   322,   323,   500,    640,
                            641, 1000, 2000, 5000, 5001, 10000, 20000, 50000, 100000, 200000};
  for (int size = 700; size <= 860; size += 3) sizes.push_back(size);
  return sizes;
}

class HllTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = TestDatabase::Create();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
  }

  std::unique_ptr<TestDatabase> database_;
};

TEST_F(HllTest, HasTheBytesAndTheEstimateOfTheExtension) {
  for (const int size : Sizes()) {
    const Hll sketch = SketchOf(0, size);
    const std::string row = database_->Value(
        absl::StrCat("SELECT encode(hll_send(h), 'hex') || ' ' || hll_cardinality(h) FROM ",
                     SqlSketchOf(0, size), " AS s (h)"));
    const std::size_t space = row.find(' ');
    EXPECT_EQ(Hex(sketch), row.substr(0, space)) << size;
    EXPECT_DOUBLE_EQ(sketch.Estimate(), std::stod(row.substr(space + 1))) << size;
  }
}

TEST_F(HllTest, MergesAsTheExtension) {
  const std::vector<int> sizes = {0, 1, 3, 80, 81, 100, 160, 161, 400, 700, 790, 2000, 20000};
  for (const int left : sizes) {
    for (const int right : sizes) {
      for (const int first : {0, left / 2, left}) {  // all, half and none in common
        Hll sketch = SketchOf(0, left);
        sketch.Merge(SketchOf(first, first + right));
        EXPECT_EQ(Hex(sketch), database_->Value(absl::StrCat(
                                   "SELECT encode(hll_send(hll_union(", SqlSketchOf(0, left), ", ",
                                   SqlSketchOf(first, first + right), ")), 'hex')")))
            << left << " " << right << " " << first;
      }
    }
  }
}

TEST(HllStorageTest, ParsesWhatItSerializes) {
  for (const int size : Sizes()) {
    const Hll sketch = SketchOf(0, size);
    Hll parsed = SketchOf(7, 9);
    ASSERT_TRUE(parsed.Parse(sketch.Serialize()).ok()) << size;
    EXPECT_EQ(Hex(parsed), Hex(sketch)) << size;
    EXPECT_DOUBLE_EQ(parsed.Estimate(), sketch.Estimate()) << size;
    parsed.Merge(SketchOf(size, size + 100));
    EXPECT_EQ(Hex(parsed), Hex(SketchOf(0, size + 100))) << size;
  }
}

TEST(HllStorageTest, TakesElementsInAnyOrderAndOnce) {
  Hll backwards;
  for (int i = 300; i-- > 0;) {
    backwards.Add(Murmur3(absl::StrCat("key ", i)).low);
    backwards.Add(Murmur3(absl::StrCat("key ", i)).low);
    backwards.Add(Murmur3("key 299").low);
  }
  EXPECT_EQ(Hex(backwards), Hex(SketchOf(0, 300)));
  Hll itself = SketchOf(0, 20);
  itself.Merge(itself);
  EXPECT_EQ(Hex(itself), Hex(SketchOf(0, 20)));
}

TEST(HllStorageTest, RefusesWhatIsNotASketchAndKeepsItsContent) {
  const std::string full(1280, '\0');
  const std::string element = absl::HexStringToBytes("0000000000000001");
  struct Case {
    std::string name;
    std::string bytes;
  };
  const auto bytes = [](const char* hex) { return absl::HexStringToBytes(hex); };
  for (const Case& tested : {
           Case{"nothing", ""},
           Case{"two bytes", bytes("118b")},
           Case{"other log2m", bytes("118c7f")},
           Case{"other regwidth", bytes("116b7f")},
           Case{"other threshold", bytes("118b40")},
           Case{"not sparse", bytes("118b3f")},
           Case{"undefined kind", bytes("108b7f")},
           Case{"unknown kind", bytes("158b7f")},
           Case{"other version", bytes("218b7f")},
           Case{"bytes after empty", bytes("118b7f00")},
           Case{"explicit of none", bytes("128b7f")},
           Case{"half an element", bytes("128b7f00000000")},
           Case{"equal elements", bytes("128b7f") + element + element},
           Case{"descending elements", bytes("128b7f") + element + std::string(8, '\0')},
           Case{"161 elements", bytes("128b7f") + std::string(161 * 8, '\0')},
           Case{"odd sparse", bytes("138b7f01")},
           Case{"descending sparse", bytes("138b7f00410021")},
           Case{"short full", bytes("148b7f") + full.substr(1)},
           Case{"long full", bytes("148b7f") + full + "x"},
       }) {
    Hll sketch = SketchOf(0, 3);
    EXPECT_EQ(sketch.Parse(tested.bytes).code(), absl::StatusCode::kInvalidArgument) << tested.name;
    EXPECT_EQ(Hex(sketch), Hex(SketchOf(0, 3))) << tested.name;
  }
}

}  // namespace
}  // namespace playhead
