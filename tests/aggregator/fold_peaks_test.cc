#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/store_fixture.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::At;
using playhead::testing::StoreTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FoldPeaksTest : public StoreTest {
 protected:
  // Folds all epochs into quarter hours.
  void Fold() {
    const auto result = NewFolder()->RunOnce(0, At("2027-06-01T00:00:00Z"));
    ASSERT_TRUE(result.ok()) << result.status();
  }

  // Quarter hour, entry, country, peak, of human traffic.
  std::vector<std::string> Peaks(const std::string& audience) {
    return database_->Query(absl::StrCat(
        "SELECT to_char(bucket AT TIME ZONE 'UTC', 'HH24:MI'), entry, country, max(peak_viewers), "
        "max(peak_human_viewers) FROM peak_quarter_hour WHERE audience = '",
        audience, "' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"));
  }
};

TEST_F(FoldPeaksTest, StoresViewsOfTenSecondsOfEveryAudience) {
  Commit({{.time = "2026-10-01T12:00:10Z", .entry = "0_a", .country = "FR", .views = 2},
          {.time = "2026-10-01T12:00:10Z", .session = "b", .entry = "0_b", .views = 1}});
  EXPECT_EQ(database_->Value("SELECT count(DISTINCT audience) FROM audience_ten_seconds"),
            absl::StrCat(catalog::Audiences().size()));
  EXPECT_THAT(database_->Query("SELECT bucket, entry, country, views FROM audience_ten_seconds "
                               "WHERE audience = 'partner'"),
              ElementsAre("2026-10-01 12:00:10+00|||3"));
  EXPECT_THAT(database_->Query("SELECT entry, country, views FROM audience_ten_seconds "
                               "WHERE audience = 'entry_country' ORDER BY entry"),
              ElementsAre("0_a|FR|2", "0_b||1"));
}

TEST_F(FoldPeaksTest, ArePeaksOfSums) {
  Commit({{.time = "2026-10-01T12:00:00Z", .entry = "0_a", .country = "FR", .views = 5},
          {.time = "2026-10-01T12:00:10Z",
           .session = "b",
           .entry = "0_a",
           .country = "DE",
           .views = 4},
          {.time = "2026-10-01T12:00:10Z",
           .session = "c",
           .entry = "0_b",
           .country = "DE",
           .views = 3},
          {.time = "2026-10-01T12:15:00Z",
           .session = "d",
           .entry = "0_b",
           .country = "DE",
           .views = 1}});
  Fold();
  EXPECT_THAT(Peaks("partner"), ElementsAre("12:00|||7|7", "12:15|||1|1"));
  EXPECT_THAT(Peaks("entry"), ElementsAre("12:00|0_a||5|5", "12:00|0_b||3|3", "12:15|0_b||1|1"));
  EXPECT_THAT(Peaks("country"), ElementsAre("12:00||DE|7|7", "12:00||FR|5|5", "12:15||DE|1|1"));
}

TEST_F(FoldPeaksTest, CountHumansApart) {
  Commit({{.time = "2026-10-01T12:00:00Z", .traffic = "bot", .views = 9},
          {.time = "2026-10-01T12:00:00Z", .session = "b", .views = 1},
          {.time = "2026-10-01T12:00:10Z", .session = "c", .views = 3}});
  Fold();
  EXPECT_THAT(Peaks("partner"), ElementsAre("12:00|||10|3"));
}

TEST_F(FoldPeaksTest, SeeEpochsThatWereFoldedBefore) {
  Commit({{.time = "2026-10-01T12:14:50Z", .views = 2}});
  Fold();
  Commit({{.time = "2026-10-01T12:14:50Z", .session = "late", .views = 3},
          {.time = "2026-10-01T12:15:00Z", .session = "late", .views = 4}});
  Fold();
  EXPECT_THAT(Peaks("partner"), ElementsAre("12:00|||5|5", "12:15|||4|4"));
}

TEST_F(FoldPeaksTest, LeaveOtherQuarterHoursAndPartnersAlone) {
  Commit({{.partner = 1, .time = "2026-10-01T12:00:00Z", .views = 2},
          {.partner = 2, .time = "2026-10-01T12:00:00Z", .views = 5}});
  Fold();
  const std::string before = database_->Value("SELECT max(epoch_id) FROM peak_quarter_hour");
  Commit({{.partner = 1, .time = "2026-10-01T12:30:00Z", .session = "b", .views = 1}});
  Fold();
  EXPECT_THAT(database_->Query(absl::StrCat("SELECT partner, bucket, peak_viewers FROM "
                                            "peak_quarter_hour WHERE audience = 'partner' AND "
                                            "epoch_id > ",
                                            before)),
              ElementsAre("1|2026-10-01 12:30:00+00|1"));
}

TEST_F(FoldPeaksTest, OfALateViewAreOfItsKeysAlone) {
  Commit({{.time = "2026-10-01T12:00:00Z", .entry = "0_a", .views = 2},
          {.time = "2026-10-01T12:00:00Z", .session = "b", .entry = "0_b", .views = 5}});
  Fold();
  const std::string before = database_->Value("SELECT max(epoch_id) FROM peak_quarter_hour");
  Commit({{.time = "2026-10-01T12:00:00Z", .session = "late", .entry = "0_a", .views = 1}});
  Fold();
  EXPECT_THAT(
      database_->Query(absl::StrCat("SELECT entry, peak_viewers FROM peak_quarter_hour WHERE "
                                    "audience IN ('partner', 'entry') AND epoch_id > ",
                                    before, " ORDER BY entry")),
      ElementsAre("|8", "0_a|3"));
}

TEST_F(FoldPeaksTest, AreNoneWhereNothingWasViewed) {
  Commit({{.time = "2026-10-01T12:00:00Z", .plays = 1}});
  Fold();
  EXPECT_THAT(database_->Query("SELECT 1 FROM peak_quarter_hour"), IsEmpty());
}

}  // namespace
}  // namespace playhead::aggregator
