#include "common/tables.h"

#include <algorithm>
#include <set>

#include "gtest/gtest.h"

namespace playhead::tables {
namespace {

int Alignment(const Column& column) {
  switch (column.type) {
    case Type::kBigint:
    case Type::kTimestamp:
      return 8;
    case Type::kInteger:
      return 4;
    case Type::kText:
    case Type::kSketch:
      return 1;
  }
  return 0;
}

std::size_t SuffixBytes(Width width) {
  switch (width) {
    case Width::kDay:
      return 9;
    case Width::kMonth:
      return 7;
    case Width::kYear:
      return 5;
  }
  return 0;
}

TEST(TablesTest, OrderColumnsSoThatNoBytesAreLost) {
  for (const Table& table : AllTables()) {
    EXPECT_TRUE(std::is_sorted(
        table.columns.begin(), table.columns.end(),
        [](const Column& a, const Column& b) { return Alignment(a) > Alignment(b); }))
        << table.name;
    EXPECT_EQ(table.columns[0].name, "epoch_id");
    EXPECT_EQ(table.columns[1].name, "bucket");
  }
}

TEST(TablesTest, KeepNamesOfPartitionsBelow64Bytes) {
  std::set<std::string> names;
  for (const Table& table : AllTables()) {
    EXPECT_LE(table.name.size() + SuffixBytes(table.width), 63U) << table.name;
    EXPECT_TRUE(names.insert(table.name).second) << table.name;
  }
}

TEST(TablesTest, HaveAtMost24Measures) {
  for (const Table& table : AllTables()) {
    EXPECT_LE(std::count_if(table.columns.begin(), table.columns.end(),
                            [](const Column& c) {
                              return c.source == Source::kMeasure || c.source == Source::kSketch;
                            }),
              24);
  }
}

TEST(TablesTest, HaveNoMinuteGrainForRollupsOfManyKeys) {
  for (const catalog::Rollup& rollup : catalog::Rollups()) {
    const auto grains = GrainsOf(rollup);
    EXPECT_EQ(grains.size(), rollup.has_minute_tier ? 3U : 2U) << rollup.name;
    EXPECT_EQ(grains.back(), catalog::Grain::kDay);
  }
}

TEST(TablesTest, WidenCountsAtDayGrain) {
  const catalog::Rollup& rollup = catalog::Rollups()[0];
  const auto type_of_plays = [](const Table& table) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [](const Column& c) { return c.name == "plays"; });
    return SqlType(*found);
  };
  EXPECT_EQ(type_of_plays(RollupTable(rollup, catalog::Grain::kMinute)), "integer");
  EXPECT_EQ(type_of_plays(RollupTable(rollup, catalog::Grain::kQuarterHour)), "integer");
  EXPECT_EQ(type_of_plays(RollupTable(rollup, catalog::Grain::kDay)), "bigint");
}

}  // namespace
}  // namespace playhead::tables
