#include "common/catalog.h"

#include <algorithm>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace playhead::catalog {
namespace {

TEST(CatalogTest, TablesAreInOrderOfTheirIds) {
  for (std::size_t i = 0; i < Dimensions().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(Dimensions()[i].id), i);
  }
  for (std::size_t i = 0; i < Measures().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(Measures()[i].id), i);
  }
  for (std::size_t i = 0; i < Sketches().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(Sketches()[i].id), i);
  }
}

template <typename Range>
void ExpectDistinctNames(const Range& range) {
  std::set<std::string> names;
  for (const auto& item : range) {
    EXPECT_TRUE(names.insert(std::string(item.name)).second) << item.name;
    std::string_view rest = item.aliases;
    while (!rest.empty()) {
      const std::string_view alias = rest.substr(0, rest.find(' '));
      EXPECT_TRUE(names.insert(std::string(alias)).second) << alias;
      rest.remove_prefix(std::min(rest.size(), alias.size() + 1));
    }
  }
}

TEST(CatalogTest, EveryNameAndAliasMeansOneThing) {
  ExpectDistinctNames(Dimensions());
  ExpectDistinctNames(Metrics());
}

TEST(CatalogTest, FindsByNameAndByEveryAlias) {
  EXPECT_EQ(FindDimension("operating_system"), FindDimension("operatingSystem"));
  EXPECT_EQ(FindDimension("referrer"), FindDimension("page"));
  EXPECT_EQ(FindMetric("play"), FindMetric("plays"));
  EXPECT_EQ(FindMetric("estimatedMinutesWatched"), FindMetric("minutes_watched_estimated"));
  EXPECT_EQ(FindMetric("play "), nullptr);
  EXPECT_EQ(FindMetric(""), nullptr);
  EXPECT_EQ(FindDimension("nothing"), nullptr);
}

TEST(CatalogTest, EveryKnownEventTypeIsCountedByOneMetric) {
  for (const int type :
       {1,  2,  3,  4,  11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 31,    32,    33,
        34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 45, 46, 98, 99, 10002, 10003, 10005}) {
    int metrics = 0;
    for (const Metric& metric : Metrics()) {
      const bool is_count = metric.kind == MetricKind::kMeasure && metric.unit == "count";
      if (is_count && Info(metric.numerator).event_type == type) ++metrics;
      if (metric.kind == MetricKind::kEventType && metric.event_type == type) ++metrics;
    }
    EXPECT_EQ(metrics, 1) << type;
    EXPECT_NE(EventTypeName(type), "") << type;
  }
  EXPECT_EQ(MeasureOfEventType(0), std::nullopt);
  EXPECT_EQ(MeasureOfEventType(22), std::nullopt);
  EXPECT_EQ(MeasureOfEventType(99), Measure::kViews);
  EXPECT_EQ(EventTypeName(5), "");
}

TEST(CatalogTest, AudiencesAreOfTheSharedColumns) {
  std::set<std::string_view> names;
  for (const Audience& audience : Audiences()) {
    EXPECT_TRUE(names.insert(audience.name).second) << audience.name;
    for (const Dimension dimension : audience.dimensions) {
      EXPECT_EQ(std::count(AudienceDimensions().begin(), AudienceDimensions().end(), dimension), 1);
    }
  }
}

}  // namespace
}  // namespace playhead::catalog
