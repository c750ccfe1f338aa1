#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/aggregator/store/fold_tiers.h"
#include "services/aggregator/store/retention.h"
#include "tests/support/store_fixture.h"
#include "tests/support/tier_totals.h"

// Three weeks of an installation in half-day steps: each commits an epoch, some of it late, folds
// what is due, and drops what is old.
namespace playhead::aggregator {
namespace {

using playhead::testing::At;
using playhead::testing::ReadTotals;
using playhead::testing::StoreTest;
using playhead::testing::TestFact;
using ::testing::IsEmpty;

constexpr int kDays = 20;
constexpr absl::Duration kStep = absl::Hours(12);
constexpr absl::Duration kLatest = absl::Hours(7 * 24);  // what ingest still accepts

using PlaysByDay = std::map<std::string, std::int64_t>;

std::string DayOf(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

class RetentionRunTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (HasFatalFailure()) return;
    folder_ = NewFolder();
    writer_ = database_->Connect("playhead_writer");
    reader_ = database_->Connect("playhead_reader_all");
  }

  // Facts of the half day before now_, and late ones.
  std::vector<TestFact> MakeFacts() {
    std::vector<TestFact> facts;
    for (int i = 0; i < 12; ++i) {
      const bool is_late = i % 4 == 0 && now_ - start_ > kLatest;
      const std::int64_t age_s = Random(1, absl::ToInt64Seconds(is_late ? kLatest : kStep));
      const absl::Time time = now_ - absl::Seconds(age_s);
      TestFact fact{.time = absl::FormatTime("%Y-%m-%dT%H:%M:00Z", time, absl::UTCTimeZone()),
                    .session = absl::StrCat("s", Random(1, 40)),
                    .entry = absl::StrCat("0_", Random(1, 3)),
                    .plays = Random(1, 5),
                    .related_clicks = Random(0, 2)};
      plays_[DayOf(time)] += fact.plays;
      total_plays_ += fact.plays;
      total_clicks_ += fact.related_clicks;
      facts.push_back(std::move(fact));
    }
    return facts;
  }

  void FoldWhatIsDue(absl::Time now) {
    for (const int tier : {0, 1}) {
      while (true) {
        const auto result = folder_->RunOnce(tier, now);
        ASSERT_TRUE(result.ok()) << result.status();
        if (result->epochs == 0) break;
      }
    }
  }

  void DropWhatIsOld() {
    const auto result = DropOldPartitions(*writer_, {}, now_);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(result->kept, IsEmpty());
    dropped_ += result->dropped.size();
  }

  // What a report over everything reads.
  void ExpectTotals() {
    const auto totals = ReadTotals(*reader_);
    ASSERT_TRUE(totals.ok()) << totals.status();
    for (const auto& [rollup, sum] : totals->plays) EXPECT_EQ(sum, total_plays_) << rollup;
    for (const auto& [rollup, sum] : totals->related_clicks)
      EXPECT_EQ(sum, total_clicks_) << rollup;
  }

  PlaysByDay Stored(const std::string& table) {
    PlaysByDay stored;
    for (const std::string& row : database_->Query(
             absl::StrCat("SELECT (bucket AT TIME ZONE 'UTC')::date, coalesce(sum(plays), 0) FROM ",
                          table, " GROUP BY 1"))) {
      const std::vector<std::string> cells = absl::StrSplit(row, '|');
      stored[cells[0]] = std::stoll(cells[1]);
    }
    return stored;
  }

  // The days whose end is not older than `retention`.
  PlaysByDay Kept(absl::Duration retention) const {
    PlaysByDay kept;
    for (const auto& [day, plays] : plays_) {
      if (At(day + "T00:00:00Z") + absl::Hours(24) > now_ - retention) kept[day] = plays;
    }
    return kept;
  }

  std::int64_t Random(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }

  const absl::Time start_ = At("2026-10-01T00:00:00Z");
  absl::Time now_ = start_;
  std::mt19937 random_{4711};
  PlaysByDay plays_;
  std::int64_t total_plays_ = 0;
  std::int64_t total_clicks_ = 0;
  std::size_t dropped_ = 0;
  std::unique_ptr<TierFolder> folder_;
  std::unique_ptr<postgres::Connection> writer_;
  std::unique_ptr<postgres::Connection> reader_;
};

TEST_F(RetentionRunTest, DropsWhatIsOldAndNothingThatAReportReads) {
  const Retention retention;
  while (now_ < start_ + absl::Hours(kDays * 24)) {
    now_ += kStep;
    ASSERT_NO_FATAL_FAILURE(Commit(MakeFacts()));
    ASSERT_NO_FATAL_FAILURE(FoldWhatIsDue(now_));
    ASSERT_NO_FATAL_FAILURE(DropWhatIsOld());
    EXPECT_EQ(Stored("facts"), Kept(retention.facts)) << now_;
    EXPECT_EQ(Stored("rollup_partner_minute"), Kept(retention.minute)) << now_;
    ExpectTotals();
  }
  ASSERT_NO_FATAL_FAILURE(FoldWhatIsDue(now_ + absl::Hours(72)));
  EXPECT_EQ(Stored("rollup_partner_quarter_hour"), plays_);
  EXPECT_EQ(Stored("rollup_partner_day"), plays_);
  EXPECT_EQ(Stored("rollup_entry_day"), plays_);
  ExpectTotals();
  EXPECT_GT(dropped_, 0U);
  EXPECT_LT(Stored("facts").size(), Stored("rollup_partner_minute").size());
  EXPECT_LT(Stored("rollup_partner_minute").size(), plays_.size());
}

}  // namespace
}  // namespace playhead::aggregator
