#include "services/aggregator/store/pg_rollup_store.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "playhead/v1/event_batch.pb.h"
#include "playhead/v1/event_tracking.pb.h"
#include "tests/support/store_fixture.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::EpochBuilder;
using playhead::testing::kLogUuid;
using playhead::testing::kPartitionCount;
using playhead::testing::Ms;
using playhead::testing::StoreTest;
using playhead::testing::TestFact;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PgRollupStoreTest : public StoreTest {
 protected:
  Epoch OneFact(std::int64_t first, std::int64_t fence, TestFact fact = {.plays = 1}) {
    return EpochBuilder().Range(0, first, first + 1, fence).Fact(fact).Build();
  }

  CommitOutcome MustCommit(RollupStore& store, const Epoch& epoch) {
    const auto outcome = store.Commit(epoch);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.value_or(CommitOutcome::kLost);
  }

  std::string Plays() {
    return database_->Value("SELECT coalesce(sum(plays), 0) FROM rollup_partner_minute");
  }
};

TEST_F(PgRollupStoreTest, GivesPartitionsFromTheStartOnANewDatabase) {
  const auto taken = Acquire(*store_);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].partition, 0);
  EXPECT_EQ(taken[1].partition, 1);
  EXPECT_EQ(taken[0].next, 0);
  EXPECT_EQ(taken[0].fence, 1);
  EXPECT_EQ(taken[0].through_ms, 0);
  EXPECT_EQ(Acquire(*store_, {1})[0].fence, 2);
  EXPECT_EQ(database_->Query("SELECT partition, fence FROM log_offsets ORDER BY 1").size(), 2U);
}

TEST_F(PgRollupStoreTest, RefusesAnotherLogAndNamesBoth) {
  Acquire(*store_);
  const std::vector<int> partitions = {0};
  const auto other_log = store_->Acquire({.high = 1, .low = 2}, kPartitionCount, partitions);
  EXPECT_EQ(other_log.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(other_log.status().message()),
              AllOf(HasSubstr("11112222-3333-4444-5555-666677778888"),
                    HasSubstr("00000000-0000-0001-0000-000000000002")));
  const auto other_count = store_->Acquire(kLogUuid, 3, partitions);
  EXPECT_EQ(other_count.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(other_count.status().message()),
              AllOf(HasSubstr("2 partitions"), HasSubstr("3 partitions")));
  EXPECT_EQ(database_->Query("SELECT 1 FROM log_offsets").size(), 2U);
}

TEST_F(PgRollupStoreTest, RefusesPartitionsThatDoNotExist) {
  for (const std::vector<int>& partitions : {std::vector<int>{2}, {-1}, {0, 0}}) {
    EXPECT_EQ(store_->Acquire(kLogUuid, kPartitionCount, partitions).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(PgRollupStoreTest, WritesEveryRowOfAnEpoch) {
  const auto taken = Acquire(*store_);
  EpochBuilder builder;
  builder.Range(0, 0, 5, taken[0].fence, Ms("2026-10-02T00:01:00Z"))
      .Range(1, 0, 0, taken[1].fence, Ms("2026-10-02T00:02:00Z"))
      .Fact({.partner = 2,
             .time = "2026-10-02T00:00:00Z",
             .session = "c",
             .page = "x.org/",
             .plays = 5})
      .Fact({.session = "a",
             .user = "ann",
             .page = "x.org/",
             .country = "FR",
             .is_known = true,
             .plays = 1,
             .views = 2,
             .play_time_ms = 20'000,
             .related_clicks = 3})
      .Fact({.session = "b", .page = "x.org/y", .country = "FR", .errors = 2});
  Epoch epoch = builder.Build();
  epoch.ledger = {{.minute_ms = Ms("2026-10-02T00:01:00Z"),
                   .door = v1::DOOR_BEACON,
                   .partner = 1,
                   .outcome = Outcome::kAccepted,
                   .reason = 0,
                   .count = 7},
                  {.minute_ms = Ms("2026-10-02T00:01:00Z"),
                   .door = v1::DOOR_GRPC,
                   .partner = 0,
                   .outcome = Outcome::kRejected,
                   .reason = v1::REJECTION_REASON_MISSING_ENTRY,
                   .count = 1}};
  epoch.rejected_batches = {{.partition = 1,
                             .offset = 9,
                             .append_time_ms = 1000,
                             .bytes = 12,
                             .reason = "columns differ in length"}};
  ASSERT_EQ(MustCommit(*store_, epoch), CommitOutcome::kCommitted);

  EXPECT_THAT(
      database_->Query("SELECT bucket, partner, entry, country, plays, views, play_time_ms, errors "
                       "FROM facts ORDER BY tableoid::regclass::text, ctid"),
      ElementsAre("2026-10-01 12:00:00+00|1|0_a|FR|1|2|20000|",
                  "2026-10-01 12:00:00+00|1|0_a|FR||||2", "2026-10-02 00:00:00+00|2|0_a||5|||"));
  EXPECT_THAT(
      database_->Query("SELECT event_type, error_code, event_count FROM facts_events ORDER BY 1"),
      ElementsAre("36||3", "98|E|2"));
  EXPECT_THAT(database_->Query("SELECT partner, country, plays, errors, #unique_viewers, "
                               "#unique_sessions, #unique_known_users "
                               "FROM rollup_country_region_city_minute ORDER BY partner"),
              ElementsAre("1|FR|1|2|1|2|1", "2||5||1|1|"));
  EXPECT_THAT(
      database_->Query("SELECT partner, event_type, event_count FROM rollup_entry_events_minute"),
      ElementsAre("1|36|3"));
  EXPECT_THAT(
      database_->Query(
          "SELECT minute, door, partner, outcome, reason, count FROM ledger ORDER BY count"),
      ElementsAre("2026-10-02 00:01:00+00|grpc|0|rejected|missing_entry|1",
                  "2026-10-02 00:01:00+00|beacon|1|accepted||7"));
  EXPECT_THAT(
      database_->Query("SELECT partition, record_offset, bytes, reason FROM rejected_batches"),
      ElementsAre("1|9|12|columns differ in length"));
  EXPECT_THAT(database_->Query("SELECT p.partner, page FROM facts f JOIN pages p USING (partner, "
                               "page_id) ORDER BY 1, 2"),
              ElementsAre("1|x.org/", "1|x.org/y", "2|x.org/"));
  EXPECT_THAT(
      database_->Query("SELECT u.\"user\" FROM facts f JOIN users u USING (partner, user_id)"),
      ElementsAre("ann"));
  EXPECT_THAT(
      database_->Query("SELECT partition, next_offset, through_at FROM log_offsets ORDER BY 1"),
      ElementsAre("0|5|2026-10-02 00:01:00+00", "1|0|2026-10-02 00:02:00+00"));
  EXPECT_THAT(database_->Query("SELECT tier, least_bucket, greatest_bucket, folded_by FROM epochs"),
              ElementsAre("0|2026-10-01 12:00:00+00|2026-10-02 00:00:00+00|"));
}

TEST_F(PgRollupStoreTest, CountsTheRowsOfAnEpoch) {
  const auto taken = Acquire(*store_);
  MustCommit(*store_, OneFact(0, taken[0].fence, {.plays = 1, .views = 1, .related_clicks = 1}));
  // One fact and eight rollups, each with its event row; ten audiences.
  EXPECT_EQ(database_->Value("SELECT row_count FROM epochs"), "28");
}

TEST_F(PgRollupStoreTest, StoresTheSketchesThatSqlWouldMake) {
  const auto taken = Acquire(*store_);
  EpochBuilder builder;
  builder.Range(0, 0, 1, taken[0].fence);
  for (int i = 0; i < 300; ++i) {
    builder.Fact({.session = absl::StrCat("s", i), .user = absl::StrCat("u", i % 170), .plays = 1});
  }
  MustCommit(*store_, builder.Build());
  EXPECT_EQ(
      database_->Value("SELECT r.unique_viewers = f.viewers AND r.unique_sessions = f.sessions "
                       "FROM rollup_partner_minute r, (SELECT "
                       "hll_add_agg(viewer_hash::hll_hashval, 11, 5, -1, 1) AS viewers, "
                       "hll_add_agg(hll_hash_text('1/s' || i), 11, 5, -1, 1) AS sessions "
                       "FROM facts, generate_series(0, 299) i) f"),
      "t");
}

TEST_F(PgRollupStoreTest, CommitsAnEpochOnce) {
  const auto taken = Acquire(*store_);
  const Epoch epoch = OneFact(0, taken[0].fence);
  EXPECT_EQ(MustCommit(*store_, epoch), CommitOutcome::kCommitted);
  EXPECT_EQ(MustCommit(*store_, epoch), CommitOutcome::kCommitted);
  EXPECT_EQ(MustCommit(*NewStore(), epoch), CommitOutcome::kCommitted);
  EXPECT_EQ(Plays(), "1");
}

TEST_F(PgRollupStoreTest, CommitsAnEpochWithoutRecordsOnce) {
  const auto taken = Acquire(*store_);
  const Epoch epoch = EpochBuilder().Range(0, 0, 0, taken[0].fence, 5000).Build();
  EXPECT_EQ(MustCommit(*store_, epoch), CommitOutcome::kCommitted);
  EXPECT_EQ(MustCommit(*NewStore(), epoch), CommitOutcome::kCommitted);
  EXPECT_EQ(database_->Value("SELECT count(*) FROM epochs"), "1");
  EXPECT_EQ(Acquire(*store_, {0})[0].through_ms, 5000);
}

TEST_F(PgRollupStoreTest, LosesAnEpochAtAnotherOffset) {
  const auto taken = Acquire(*store_);
  EXPECT_EQ(MustCommit(*store_, OneFact(1, taken[0].fence)), CommitOutcome::kLost);
  // One of two partitions fits: nothing is written.
  const Epoch half = EpochBuilder()
                         .Range(0, 0, 1, taken[0].fence)
                         .Range(1, 4, 5, taken[1].fence)
                         .Fact({.plays = 1})
                         .Build();
  EXPECT_EQ(MustCommit(*store_, half), CommitOutcome::kLost);
  EXPECT_EQ(Plays(), "0");
  EXPECT_EQ(database_->Value("SELECT sum(next_offset) FROM log_offsets"), "0");
  EXPECT_EQ(database_->Value("SELECT count(*) FROM epochs"), "0");
}

TEST_F(PgRollupStoreTest, FencesAnEarlierOwner) {
  const auto before = Acquire(*store_);
  const auto successor = NewStore();
  const auto after = Acquire(*successor);
  EXPECT_EQ(MustCommit(*store_, OneFact(0, before[0].fence)), CommitOutcome::kLost);
  EXPECT_EQ(MustCommit(*successor, OneFact(0, after[0].fence)), CommitOutcome::kCommitted);
  EXPECT_EQ(Plays(), "1");
}

TEST_F(PgRollupStoreTest, RefusesValuesThatTheTablesCannotHoldAndGoesOn) {
  const auto taken = Acquire(*store_);
  const std::vector<TestFact> bad = {
      {.entry = "\xff"},                            // not UTF-8
      {.entry = std::string("a\0b", 3)},            // NUL
      {.plays = std::int64_t{1} << 31},             // over int4
      {.page = "\xc3\x28"},                         // a text of its own table
      {.time = "1999-12-31T00:00:00Z", .plays = 1}  // no partition
  };
  for (const TestFact& fact : bad) {
    const auto outcome = store_->Commit(OneFact(0, taken[0].fence, fact));
    EXPECT_EQ(outcome.status().code(), absl::StatusCode::kInvalidArgument) << outcome.status();
  }
  EXPECT_EQ(database_->Value("SELECT count(*) FROM epochs"), "0");
  EXPECT_EQ(MustCommit(*store_, OneFact(0, taken[0].fence, {.plays = (std::int64_t{1} << 31) - 1})),
            CommitOutcome::kCommitted);
  EXPECT_EQ(Plays(), "2147483647");
}

TEST_F(PgRollupStoreTest, RefusesEpochsWithoutTokenRangesOrOrder) {
  Epoch no_token = OneFact(0, 1);
  no_token.token = {};
  const Epoch no_ranges = EpochBuilder().Build();
  const Epoch disordered = EpochBuilder().Range(1, 0, 1, 1).Range(0, 0, 1, 1).Build();
  for (const Epoch& epoch : {no_token, no_ranges, disordered}) {
    EXPECT_EQ(store_->Commit(epoch).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(PgRollupStoreTest, CreatesAPartitionAgainThatWasDropped) {
  const auto taken = Acquire(*store_);
  MustCommit(*store_, OneFact(0, taken[0].fence));
  database_->Query("DROP TABLE rollup_partner_minute_20261001");
  const Epoch epoch = OneFact(1, taken[0].fence);
  EXPECT_EQ(store_->Commit(epoch).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(MustCommit(*store_, epoch), CommitOutcome::kCommitted);
  EXPECT_EQ(Plays(), "1");
}

TEST_F(PgRollupStoreTest, KeepsTryingWhenTheDatabaseCannotBeUsed) {
  const auto taken = Acquire(*store_);
  const Epoch epoch = OneFact(0, taken[0].fence);
  database_->Query("REVOKE INSERT ON facts FROM playhead_writer");
  EXPECT_EQ(store_->Commit(epoch).status().code(), absl::StatusCode::kUnavailable);
  database_->Query("GRANT INSERT ON facts TO playhead_writer");
  EXPECT_EQ(MustCommit(*store_, epoch), CommitOutcome::kCommitted);

  const auto nowhere = MakePgRollupStore({.connection = {.dsn = "host=/nowhere port=1"}});
  EXPECT_EQ(nowhere->Commit(epoch).status().code(), absl::StatusCode::kUnavailable);
  const std::vector<int> partitions = {0};
  EXPECT_EQ(nowhere->Acquire(kLogUuid, kPartitionCount, partitions).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(PgRollupStoreTest, WaitsForNoLockForLong) {
  const auto taken = Acquire(*store_);
  auto options = database_->ConnectionOptions("playhead_writer");
  options.lock_timeout = absl::Milliseconds(20);
  const auto impatient = MakePgRollupStore({.connection = options, .allow_unsafe_server = true});
  const Epoch epoch = OneFact(0, taken[0].fence);
  database_->Query("BEGIN; SELECT * FROM log_offsets FOR UPDATE");
  EXPECT_EQ(impatient->Commit(epoch).status().code(), absl::StatusCode::kUnavailable);
  database_->Query("ROLLBACK");
  EXPECT_EQ(MustCommit(*impatient, epoch), CommitOutcome::kCommitted);
}

TEST_F(PgRollupStoreTest, AcceptsOnlyServersThatKeepWhatTheyCommit) {
  const auto connection = database_->Connect("playhead_writer");
  ASSERT_NE(connection, nullptr);
  const bool is_safe = database_->Value("SHOW fsync") == "on";
  EXPECT_TRUE(CheckServer(*connection, true).ok());
  EXPECT_EQ(CheckServer(*connection, false).ok(), is_safe);
}

TEST_F(PgRollupStoreTest, CommitsFromTwoWritersIntoNewPartitionsAtTheSameTime) {
  const auto other = NewStore();
  const auto taken = Acquire(*store_, {0});
  const auto others = Acquire(*other, {1});
  const auto commit = [](RollupStore& store, int partition, std::int64_t fence) {
    for (int i = 0; i < 20; ++i) {
      const Epoch epoch = EpochBuilder()
                              .Range(partition, i, i + 1, fence)
                              .Fact({.time = absl::StrCat("2026-10-", i + 10, "T00:00:00Z"),
                                     .page = absl::StrCat("p", i),
                                     .plays = 1})
                              .Build();
      absl::StatusOr<CommitOutcome> outcome = store.Commit(epoch);
      EXPECT_TRUE(outcome.ok()) << outcome.status();
    }
  };
  std::thread thread([&] { commit(*other, 1, others[0].fence); });
  commit(*store_, 0, taken[0].fence);
  thread.join();
  EXPECT_EQ(Plays(), "40");
}

}  // namespace
}  // namespace playhead::aggregator
