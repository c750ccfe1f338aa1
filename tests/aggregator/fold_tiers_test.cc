#include "services/aggregator/store/fold_tiers.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/aggregator/store/fold_sql.h"
#include "tests/support/store_fixture.h"
#include "tests/support/tier_totals.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::At;
using playhead::testing::ReadTotals;
using playhead::testing::StoreTest;
using playhead::testing::TestFact;
using playhead::testing::TierTotals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kLater[] = "2027-06-01T00:00:00Z";

class FoldTiersTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (!HasFatalFailure()) folder_ = NewFolder();
  }

  std::unique_ptr<TierFolder> FolderWith(FoldOptions options) {
    options.connection = database_->ConnectionOptions("playhead_writer");
    return MakeTierFolder(options);
  }

  // Epochs folded by one run.
  int Fold(int from_tier, const std::string& now = kLater) {
    const auto result = folder_->RunOnce(from_tier, At(now));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->epochs : -1;
  }

  // Every rollup has `plays` plays and `clicks` events of type 36, over all tiers.
  void ExpectTotals(std::int64_t plays, std::int64_t clicks) {
    const auto connection = database_->Connect("playhead_reader_all");
    const auto totals = ReadTotals(*connection);
    ASSERT_TRUE(totals.ok()) << totals.status();
    for (const auto& [rollup, sum] : totals->plays) EXPECT_EQ(sum, plays) << rollup;
    for (const auto& [rollup, sum] : totals->related_clicks) EXPECT_EQ(sum, clicks) << rollup;
  }

  std::unique_ptr<TierFolder> folder_;
};

TEST_F(FoldTiersTest, FoldsMinutesIntoQuarterHours) {
  Commit({{.time = "2026-10-01T12:00:00Z",
           .session = "a",
           .user = "ann",
           .is_known = true,
           .plays = 1,
           .play_time_ms = 5,
           .related_clicks = 2},
          {.time = "2026-10-01T12:14:00Z", .session = "b", .user = "ann", .plays = 2, .errors = 1},
          {.time = "2026-10-01T12:15:00Z", .session = "a", .plays = 4}});
  Commit({{.time = "2026-10-01T12:07:00Z", .session = "c", .views = 1, .play_time_ms = 7}});
  EXPECT_EQ(Fold(0), 2);
  EXPECT_THAT(database_->Query("SELECT bucket, partner, entry, plays, views, errors, play_time_ms, "
                               "#unique_viewers, #unique_sessions, #unique_known_users "
                               "FROM rollup_entry_quarter_hour ORDER BY bucket"),
              ElementsAre("2026-10-01 12:00:00+00|1|0_a|3|1|1|12|2|3|1",
                          "2026-10-01 12:15:00+00|1|0_a|4||||1|1|"));
  EXPECT_THAT(database_->Query(
                  "SELECT bucket, event_type, event_count FROM rollup_entry_events_quarter_hour"),
              ElementsAre("2026-10-01 12:00:00+00|36|2"));
  EXPECT_THAT(
      database_->Query(
          "SELECT tier, least_bucket, greatest_bucket, folded_by FROM epochs ORDER BY epoch_id"),
      ElementsAre("0|2026-10-01 12:00:00+00|2026-10-01 12:15:00+00|3",
                  "0|2026-10-01 12:07:00+00|2026-10-01 12:07:00+00|3",
                  "1|2026-10-01 12:00:00+00|2026-10-01 12:15:00+00|"));
  ExpectTotals(7, 2);
}

TEST_F(FoldTiersTest, FoldsFactsIntoRollupsOfManyKeys) {
  Commit({{.session = "a", .user = "ann", .page = "x.org/", .plays = 1, .related_clicks = 2},
          {.session = "b", .user = "bob", .page = "x.org/", .errors = 3},
          {.session = "c", .user = "cy", .page = "x.org/y", .views = 1}});
  EXPECT_EQ(Fold(0), 1);
  EXPECT_THAT(database_->Query(
                  "SELECT page, plays, views, errors, #unique_viewers, #unique_sessions "
                  "FROM rollup_entry_domain_page_quarter_hour JOIN pages USING (partner, page_id) "
                  "ORDER BY page"),
              ElementsAre("x.org/|1||3|1|2", "x.org/y||1||1|1"));
  // The error's row in facts_events carries its code only: it has a measure.
  EXPECT_THAT(
      database_->Query(
          "SELECT page, event_type, event_count "
          "FROM rollup_entry_domain_page_events_quarter_hour JOIN pages USING (partner, page_id)"),
      ElementsAre("x.org/|36|2"));
}

TEST_F(FoldTiersTest, MakesTheSameSketchesFromFactsAndFromRollups) {
  std::vector<TestFact> facts;
  for (int i = 0; i < 400; ++i) {
    facts.push_back({.time = absl::StrCat("2026-10-01T12:0", i % 10, ":00Z"),
                     .session = absl::StrCat("s", i),
                     .user = absl::StrCat("u", i % 190),
                     .plays = 1});
  }
  Commit(facts);
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 1);
  EXPECT_EQ(database_->Value(
                "SELECT count(DISTINCT unique_viewers::text || unique_sessions::text) FROM ("
                "SELECT unique_viewers, unique_sessions FROM rollup_entry_quarter_hour UNION ALL "
                "SELECT unique_viewers, unique_sessions FROM rollup_entry_domain_page_quarter_hour "
                "UNION ALL "
                "SELECT unique_viewers, unique_sessions FROM rollup_partner_day UNION ALL "
                "SELECT hll_add_agg(viewer_hash::hll_hashval, 11, 5, -1, 1), "
                "hll_add_agg(session_low::hll_hashval, 11, 5, -1, 1) FROM facts) s"),
            "1");
}

TEST_F(FoldTiersTest, FoldsAnEpochWhenItsLastQuarterHourHasEndedForTheGrace) {
  Commit({{.time = "2026-10-01T12:29:00Z", .plays = 1}});
  EXPECT_EQ(Fold(0, "2026-10-01T12:31:59Z"), 0);
  EXPECT_EQ(database_->Value("SELECT count(*) FROM epochs"), "1");
  EXPECT_EQ(Fold(0, "2026-10-01T12:32:00Z"), 1);
  EXPECT_EQ(Fold(0, "2026-10-01T12:32:00Z"), 0);
  EXPECT_EQ(Fold(1, "2026-10-02T15:17:00Z"), 0);
  EXPECT_EQ(Fold(1, "2026-10-02T15:17:01Z"), 1);
  ExpectTotals(1, 0);
}

TEST_F(FoldTiersTest, FoldsAnEpochWhenTooManyYoungerOnesWait) {
  for (int i = 0; i < 5; ++i) Commit({{.time = "2026-10-01T12:00:00Z", .plays = 1}});
  folder_ = FolderWith({.max_unfolded_epochs = 3});
  EXPECT_EQ(Fold(0, "2026-10-01T12:00:00Z"), 2);
  EXPECT_EQ(Fold(0, "2026-10-01T12:00:00Z"), 0);
  folder_ = FolderWith({.max_unfolded_epochs = 0});
  EXPECT_EQ(Fold(0, "2026-10-01T12:00:00Z"), 3);
  EXPECT_EQ(Fold(1, "2026-10-01T12:00:00Z"), 2);
  ExpectTotals(5, 0);
}

TEST_F(FoldTiersTest, BoundsOneRunByEpochsAndRows) {
  for (int i = 0; i < 5; ++i) Commit({{.plays = 1}});
  folder_ = FolderWith({.max_epochs_per_run = 2});
  EXPECT_EQ(Fold(0), 2);
  // The second epoch begins below the bound, the third does not.
  const std::string rows = database_->Value("SELECT max(row_count) + 1 FROM epochs WHERE tier = 0");
  folder_ = FolderWith({.max_rows_per_run = std::stoll(rows)});
  EXPECT_EQ(Fold(0), 2);
  folder_ = FolderWith({.max_rows_per_run = 1});
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(0), 0);
  ExpectTotals(5, 0);
}

TEST_F(FoldTiersTest, MarksEpochsWithoutRows) {
  Commit({});
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 1);
  EXPECT_EQ(Fold(0), 0);
  EXPECT_EQ(Fold(1), 0);
}

TEST_F(FoldTiersTest, FoldsLateRowsLikeAnyOther) {
  Commit({{.time = "2026-10-01T12:00:00Z", .plays = 1, .related_clicks = 1}});
  EXPECT_EQ(Fold(0), 1);
  Commit({{.time = "2026-10-01T12:01:00Z", .plays = 2}});
  ExpectTotals(3, 1);
  EXPECT_EQ(Fold(1), 1);
  EXPECT_EQ(Fold(0), 1);
  ExpectTotals(3, 1);
  Commit({{.time = "2026-09-25T12:01:00Z", .plays = 4}});
  ExpectTotals(7, 1);
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 2);
  ExpectTotals(7, 1);
  EXPECT_EQ(database_->Value("SELECT sum(plays) FROM rollup_partner_day"), "7");
}

TEST_F(FoldTiersTest, SkipsEpochsThatAnotherFolderHolds) {
  Commit({{.plays = 1}});
  Commit({{.plays = 2}});
  database_->Query("BEGIN; UPDATE epochs SET folded_by = epoch_id WHERE epoch_id = 1");
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(0), 0);
  database_->Query("ROLLBACK");
  EXPECT_EQ(Fold(0), 1);
  ExpectTotals(3, 0);
}

struct ZoneCase {
  std::string zone;
  std::string bucket;
  std::string start;
  std::string end;
};

TEST_F(FoldTiersTest, FoldsIntoDaysOfThePartnersZone) {
  const std::vector<ZoneCase> cases = {
      {"UTC", "2026-10-01T23:45:00Z", "2026-10-01 00:00:00+00", "2026-10-02 00:00:00+00"},
      {"Europe/Paris", "2026-03-28T22:45:00Z", "2026-03-27 23:00:00+00", "2026-03-28 23:00:00+00"},
      {"Europe/Paris", "2026-03-28T23:00:00Z", "2026-03-28 23:00:00+00", "2026-03-29 22:00:00+00"},
      {"Europe/Paris", "2026-10-25T22:45:00Z", "2026-10-24 22:00:00+00", "2026-10-25 23:00:00+00"},
      {"Australia/Lord_Howe", "2026-04-05T13:15:00Z", "2026-04-04 13:00:00+00",
       "2026-04-05 13:30:00+00"},
      {"Australia/Lord_Howe", "2026-04-05T13:30:00Z", "2026-04-05 13:30:00+00",
       "2026-04-06 13:30:00+00"},
      {"Asia/Kathmandu", "2026-10-01T18:00:00Z", "2026-09-30 18:15:00+00",
       "2026-10-01 18:15:00+00"},
      {"Asia/Kathmandu", "2026-10-01T18:15:00Z", "2026-10-01 18:15:00+00",
       "2026-10-02 18:15:00+00"},
      {"America/Havana", "2026-11-01T04:30:00Z", "2026-11-01 04:00:00+00",
       "2026-11-02 05:00:00+00"},
      {"America/Havana", "2026-11-01T05:30:00Z", "2026-11-01 04:00:00+00",
       "2026-11-02 05:00:00+00"},
  };
  std::vector<TestFact> facts;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto partner = static_cast<std::int32_t>(i + 1);
    database_->Query(
        absl::StrCat("INSERT INTO partners VALUES (", partner, ", '", cases[i].zone, "')"));
    facts.push_back(
        {.partner = partner, .time = cases[i].bucket, .plays = partner, .related_clicks = 1});
  }
  Commit(facts);
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 1);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const char* table :
         {"rollup_partner_day", "rollup_entry_domain_page_day", "rollup_domain_events_day"}) {
      EXPECT_EQ(database_->Value(
                    absl::StrCat("SELECT bucket || ' ' || bucket_end || ' ' || time_zone FROM ",
                                 table, " WHERE partner = ", i + 1)),
                absl::StrCat(cases[i].start, " ", cases[i].end, " ", cases[i].zone))
          << table << " " << i;
    }
  }
  ExpectTotals(55, 10);
}

TEST_F(FoldTiersTest, AddsUpEveryDayOfAZoneAsABruteForceSum) {
  database_->Query(
      "INSERT INTO partners VALUES (1, 'Europe/Paris'), (2, 'Australia/Lord_Howe'), (3, "
      "'Asia/Kathmandu')");
  std::vector<TestFact> facts;
  const absl::Time first = At("2026-03-27T00:00:00Z");
  for (int i = 0; i < 10 * 96; ++i) {
    const absl::Time time = first + i * absl::Minutes(15);
    for (std::int32_t partner = 1; partner <= 4; ++partner) {
      facts.push_back({.partner = partner,
                       .time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()),
                       .plays = 1 + i % 7});
    }
  }
  Commit(facts);
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 1);
  for (const auto& [partner, name] : {std::pair{1, "Europe/Paris"},
                                      {2, "Australia/Lord_Howe"},
                                      {3, "Asia/Kathmandu"},
                                      {4, "UTC"}}) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    std::map<std::string, std::int64_t> by_day;
    for (int i = 0; i < 10 * 96; ++i) {
      by_day[absl::FormatTime("%Y-%m-%d", first + i * absl::Minutes(15), zone)] += 1 + i % 7;
    }
    std::vector<std::string> expected;
    for (const auto& [day, plays] : by_day) expected.push_back(absl::StrCat(day, "|", plays));
    EXPECT_EQ(
        database_->Query(absl::StrCat("SELECT (bucket AT TIME ZONE time_zone)::date, sum(plays) "
                                      "FROM rollup_entry_day WHERE partner = ",
                                      partner, " GROUP BY 1 ORDER BY 1")),
        expected)
        << name;
  }
}

TEST_F(FoldTiersTest, FoldsAnUnknownZoneAsUtc) {
  database_->Query("INSERT INTO partners VALUES (1, 'Mars/Olympus')");
  Commit({{.time = "2026-10-01T23:00:00Z", .plays = 1}});
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 1);
  EXPECT_EQ(database_->Value("SELECT bucket || ' ' || time_zone FROM rollup_partner_day"),
            "2026-10-01 00:00:00+00 UTC");
}

TEST_F(FoldTiersTest, RefusesOtherTiers) {
  for (const int tier : {-1, 2}) {
    EXPECT_EQ(folder_->RunOnce(tier, At(kLater)).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

// The fold stops at a table that another session holds, and its backend is ended there.
TEST_F(FoldTiersTest, LeavesNothingBehindWhenItIsKilledInTheMiddle) {
  Commit({{.time = "2026-10-01T12:00:00Z", .plays = 1, .related_clicks = 1}});
  EXPECT_EQ(Fold(0), 1);
  Commit({{.time = "2026-10-01T12:20:00Z", .page = "p", .plays = 2, .related_clicks = 2}});
  const auto holder = database_->Connect();
  const auto watcher = database_->Connect();
  for (int i = 0; i < 20; ++i) {
    const int tier = i % 2;
    const auto targets = FoldTargets(tier);
    const std::string table = targets[static_cast<std::size_t>(i / 2) % targets.size()].name;
    ASSERT_TRUE(holder->Run(absl::StrCat("BEGIN; LOCK TABLE ", table, " IN EXCLUSIVE MODE")).ok());
    absl::StatusOr<FoldResult> result;
    std::thread fold([&] { result = folder_->RunOnce(tier, At(kLater)); });
    std::string waiting;
    while (waiting.empty()) {
      const auto rows = watcher->Run(absl::StrCat(
          "SELECT pid FROM pg_locks WHERE NOT granted AND relation = '", table, "'::regclass"));
      ASSERT_TRUE(rows.ok()) << rows.status();
      if (rows->size() == 1) waiting = rows->Text(0, 0);
    }
    ASSERT_TRUE(
        watcher->Run(absl::StrCat("SELECT pg_terminate_backend(", waiting, ", 10000)")).ok());
    fold.join();
    EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable) << result.status();
    ASSERT_TRUE(holder->Run("ROLLBACK").ok());
    ExpectTotals(3, 3);
    EXPECT_EQ(database_->Value("SELECT count(*) FROM epochs"), "3");
  }
  EXPECT_EQ(Fold(0), 1);
  EXPECT_EQ(Fold(1), 2);
  ExpectTotals(3, 3);
  EXPECT_EQ(database_->Value("SELECT sum(plays) FROM rollup_entry_domain_page_day"), "3");
}

}  // namespace
}  // namespace playhead::aggregator
