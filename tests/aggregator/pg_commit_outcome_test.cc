#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/pg_proxy.h"
#include "tests/support/store_fixture.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::EpochBuilder;
using playhead::testing::PgProxy;
using playhead::testing::StoreTest;

// The answer to COMMIT is lost, before or after the server has committed.
class PgCommitOutcomeTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (HasFatalFailure()) return;
    proxy_ = std::make_unique<PgProxy>(database_->host(), database_->port());
    store_ = MakePgRollupStore(
        {.connection = {.dsn = database_->DsnThrough(proxy_->port(), "playhead_writer")},
         .allow_unsafe_server = true});
  }

  void TearDown() override {
    store_.reset();
    proxy_.reset();
  }

  Epoch Next(std::int64_t fence) {
    return EpochBuilder()
        .Range(0, next_, next_ + 1, fence)
        .Fact({.session = absl::StrCat("s", next_), .page = absl::StrCat("p", next_), .plays = 1})
        .Build();
  }

  void ExpectEveryEpochOnce(std::int64_t epochs) {
    EXPECT_EQ(database_->Value("SELECT sum(plays) FROM rollup_partner_minute"),
              absl::StrCat(epochs));
    EXPECT_EQ(database_->Value("SELECT count(*) FROM facts JOIN pages USING (partner, page_id)"),
              absl::StrCat(epochs));
    EXPECT_EQ(database_->Value("SELECT next_offset FROM log_offsets WHERE partition = 0"),
              absl::StrCat(epochs));
  }

  void CommitWithCuts(PgProxy::Cut cut, int times) {
    const std::int64_t fence = Acquire(*store_, {0})[0].fence;
    for (int i = 0; i < times; ++i) {
      const Epoch epoch = Next(fence);
      proxy_->CutNextCommit(cut);
      EXPECT_EQ(store_->Commit(epoch).status().code(), absl::StatusCode::kUnavailable);
      const auto outcome = store_->Commit(epoch);
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      EXPECT_EQ(*outcome, CommitOutcome::kCommitted);
      ++next_;
    }
    EXPECT_EQ(proxy_->cut_count(), times);
    ExpectEveryEpochOnce(times);
  }

  std::unique_ptr<PgProxy> proxy_;
};

TEST_F(PgCommitOutcomeTest, SendsAgainWhatWasNotCommitted) {
  CommitWithCuts(PgProxy::Cut::kBeforeCommit, 100);
}

TEST_F(PgCommitOutcomeTest, FindsByItsTokenWhatWasCommitted) {
  CommitWithCuts(PgProxy::Cut::kAfterCommit, 100);
}

TEST_F(PgCommitOutcomeTest, FindsItAlsoWhenTheNextTriesFailToo) {
  const std::int64_t fence = Acquire(*store_, {0})[0].fence;
  const Epoch epoch = Next(fence);
  proxy_->CutNextCommit(PgProxy::Cut::kBeforeCommit);
  EXPECT_FALSE(store_->Commit(epoch).ok());
  proxy_->CutNextCommit(PgProxy::Cut::kBeforeCommit);
  EXPECT_FALSE(store_->Commit(epoch).ok());
  proxy_->CutNextCommit(PgProxy::Cut::kAfterCommit);
  EXPECT_FALSE(store_->Commit(epoch).ok());
  const auto outcome = store_->Commit(epoch);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(*outcome, CommitOutcome::kCommitted);
  ExpectEveryEpochOnce(1);
}

// A new owner came while the outcome was unknown.
TEST_F(PgCommitOutcomeTest, TellsLostFromCommittedAfterANewOwner) {
  for (const PgProxy::Cut cut : {PgProxy::Cut::kBeforeCommit, PgProxy::Cut::kAfterCommit}) {
    const auto taken = Acquire(*store_, {0});
    next_ = taken[0].next;
    const Epoch epoch = Next(taken[0].fence);
    proxy_->CutNextCommit(cut);
    EXPECT_FALSE(store_->Commit(epoch).ok());
    Acquire(*NewStore(), {0});
    const auto outcome = store_->Commit(epoch);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(*outcome,
              cut == PgProxy::Cut::kAfterCommit ? CommitOutcome::kCommitted : CommitOutcome::kLost);
  }
  ExpectEveryEpochOnce(1);
}

}  // namespace
}  // namespace playhead::aggregator
