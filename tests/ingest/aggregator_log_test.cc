#include "services/ingest/aggregator_log.h"

#include <atomic>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "common/aggregator_channel.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/ingest/fake_aggregation.h"
#include "tests/ingest/make_event.h"
#include "tests/ingest/metric_value.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AggregatorLogTest : public ::testing::Test {
 protected:
  void MakeLog(AggregatorLogOptions options = {}) {
    options.least_backoff = absl::Milliseconds(1);
    options.greatest_backoff = absl::Milliseconds(20);
    log_ = MakeAggregatorLog(MakeAggregatorChannel(aggregator_.address()), options, metrics_);
  }
  std::future<AppendResult> Append(std::vector<RoutedEvent> events) {
    auto promise = std::make_shared<std::promise<AppendResult>>();
    std::future<AppendResult> future = promise->get_future();
    log_->Append(std::move(events), absl::InfiniteDuration(),
                 [promise](AppendResult result) { promise->set_value(std::move(result)); });
    return future;
  }
  void Reject() { log_->CountRejected(MakeRejected()); }
  std::multiset<std::uint64_t> Numbers() {
    std::multiset<std::uint64_t> numbers;
    for (const UnpackedBatch& batch : aggregator_.service().Distinct(kNowMs)) {
      for (const BatchEvent& event : batch.events) numbers.insert(event.identity.low);
    }
    return numbers;
  }
  std::uint64_t RejectedCount() {
    std::uint64_t count = 0;
    for (const UnpackedBatch& batch : aggregator_.service().Distinct(kNowMs)) {
      for (const v1::RejectedCount& rejected : batch.rejected) count += rejected.count();
    }
    return count;
  }
  static bool IsPending(const std::future<AppendResult>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  }

  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  FakeAggregator aggregator_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(AggregatorLogTest, AcksWhatTheLogHasAcked) {
  MakeLog();
  const AppendResult result = Append({MakeEvent(1), MakeEvent(2)}).get();
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(result.unknown_partners, IsEmpty());
  EXPECT_THAT(Numbers(), ElementsAre(1, 2));
}

TEST_F(AggregatorLogTest, AcksNothingBeforeTheLogDid) {
  aggregator_.service().HoldAcks(true);
  MakeLog();
  auto first = Append({MakeEvent(1)});
  aggregator_.service().WaitForRequests(1);
  EXPECT_THAT(Numbers(), ElementsAre(1));
  EXPECT_TRUE(IsPending(first));
  aggregator_.service().HoldAcks(false);
  EXPECT_TRUE(first.get().status.ok());
}

TEST_F(AggregatorLogTest, WaitsForTheFirstStatus) {
  aggregator_.service().FailStatus(3);
  MakeLog();
  EXPECT_TRUE(Append({MakeEvent(1)}).get().status.ok());
}

TEST_F(AggregatorLogTest, LeavesOutUnknownPartners) {
  MakeLog();
  const AppendResult result = Append({MakeEvent(1, 2), MakeEvent(2)}).get();
  EXPECT_TRUE(result.status.ok());
  EXPECT_THAT(result.unknown_partners, ElementsAre(0));
  EXPECT_THAT(Numbers(), ElementsAre(2));
}

TEST_F(AggregatorLogTest, AcceptsUnknownPartnersWhenTold) {
  MakeLog({.writer = {.accept_unknown_partners = true}});
  EXPECT_THAT(Append({MakeEvent(1, 2)}).get().unknown_partners, IsEmpty());
  EXPECT_THAT(Numbers(), ElementsAre(1));
}

TEST_F(AggregatorLogTest, SendsTheSameBytesAgainWhenStreamsBreak) {
  aggregator_.service().Drop(3, 2);
  MakeLog();
  EXPECT_TRUE(Append({MakeEvent(1)}).get().status.ok());
  const auto requests = aggregator_.service().requests();
  ASSERT_THAT(requests, SizeIs(6));
  for (const auto& request : requests) {
    EXPECT_EQ(request.SerializeAsString(), requests[0].SerializeAsString());
  }
  EXPECT_THAT(aggregator_.service().appended(), SizeIs(3));
  EXPECT_THAT(Numbers(), ElementsAre(1));
}

TEST_F(AggregatorLogTest, CountsEveryEventOnceThroughBrokenStreams) {
  MakeLog();
  std::vector<std::future<AppendResult>> results;
  std::multiset<std::uint64_t> expected;
  for (std::uint64_t i = 0; i < 500; ++i) {
    if (i % 50 == 0) aggregator_.service().Drop(1, 1);
    if (i % 5 == 0) Reject();
    results.push_back(Append({MakeEvent(i)}));
    expected.insert(i);
    if (i % 10 == 0) results.back().wait();
  }
  for (auto& result : results) EXPECT_TRUE(result.get().status.ok());
  EXPECT_TRUE(log_->Drain(absl::Seconds(20)).ok());
  EXPECT_EQ(Numbers(), expected);
  EXPECT_EQ(RejectedCount(), 100U);
}

TEST_F(AggregatorLogTest, KeepsOrderAndDenseSequencesPerPartition) {
  MakeLog();
  std::vector<std::future<AppendResult>> results;
  for (std::uint64_t i = 0; i < 300; ++i) {
    if (i % 40 == 0) aggregator_.service().Drop(0, 1);
    results.push_back(Append({MakeEvent(i)}));
    if (i % 7 == 0) results.back().wait();
  }
  for (auto& result : results) EXPECT_TRUE(result.get().status.ok());
  std::map<std::uint64_t, std::uint64_t> next_number;
  std::map<std::uint64_t, std::uint64_t> next_sequence;
  for (const UnpackedBatch& batch : aggregator_.service().Distinct(kNowMs)) {
    ASSERT_FALSE(batch.events.empty());
    const std::uint64_t partition = batch.events[0].identity.low % 4;
    EXPECT_EQ(batch.sequence, ++next_sequence[partition]);
    for (const BatchEvent& event : batch.events) {
      EXPECT_EQ(event.identity.low, partition + 4 * next_number[partition]++);
    }
  }
  for (std::uint64_t partition = 0; partition < 4; ++partition) {
    EXPECT_EQ(next_number[partition], 75U);
  }
}

TEST_F(AggregatorLogTest, HoldsEventsWhileTheAggregatorIsAway) {
  MakeLog();
  EXPECT_TRUE(Append({MakeEvent(1)}).get().status.ok());
  aggregator_.Die();
  auto held = Append({MakeEvent(2)});
  Reject();
  aggregator_.Start();
  EXPECT_TRUE(held.get().status.ok());
  EXPECT_TRUE(log_->Drain(absl::Seconds(20)).ok());
  EXPECT_THAT(Numbers(), ElementsAre(1, 2));
  EXPECT_EQ(RejectedCount(), 1U);
}

TEST_F(AggregatorLogTest, StartsWithoutAnAggregator) {
  aggregator_.Die();
  MakeLog();
  auto held = Append({MakeEvent(1)});
  aggregator_.Start();
  EXPECT_TRUE(held.get().status.ok());
}

TEST_F(AggregatorLogTest, GivesUpAfterTheHoldTime) {
  aggregator_.Die();
  MakeLog({.writer = {.hold_time = absl::Milliseconds(50)}});
  EXPECT_TRUE(absl::IsUnavailable(Append({MakeEvent(1)}).get().status));
  aggregator_.Start();
  AppendResult result;
  std::uint64_t number = 2;
  // Its connection may need longer than the hold: what was given up stays given up.
  do {
    result = Append({MakeEvent(number++)}).get();
  } while (!result.status.ok());
  EXPECT_FALSE(Numbers().contains(1));
  EXPECT_TRUE(Numbers().contains(number - 1));
}

TEST_F(AggregatorLogTest, KeepsCountsOfABatchThatWasGivenUp) {
  aggregator_.service().HoldAcks(true);
  MakeLog(
      {.writer = {.hold_time = absl::Milliseconds(100)}, .ack_timeout = absl::Milliseconds(200)});
  Reject();
  auto first = Append({MakeEvent(1)});
  aggregator_.service().WaitForRequests(1);
  EXPECT_TRUE(absl::IsUnavailable(first.get().status));
  aggregator_.service().HoldAcks(false);
  EXPECT_TRUE(log_->Drain(absl::Seconds(20)).ok());
  EXPECT_EQ(RejectedCount(), 1U);
}

TEST_F(AggregatorLogTest, ReplacesAStreamThatDoesNotAnswer) {
  aggregator_.service().HoldAcks(true);
  MakeLog({.ack_timeout = absl::Milliseconds(50)});
  auto first = Append({MakeEvent(1)});
  aggregator_.service().WaitForRequests(2);
  aggregator_.service().HoldAcks(false);
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_GE(aggregator_.service().streams(), 2);
  EXPECT_THAT(Numbers(), ElementsAre(1));
}

TEST_F(AggregatorLogTest, RefusesAtOnceWhenTheHoldIsFull) {
  aggregator_.Die();
  MakeLog({.writer = {.hold_bytes = 1}});
  EXPECT_TRUE(absl::IsUnavailable(Append({MakeEvent(1)}).get().status));
}

TEST_F(AggregatorLogTest, DoesNotRepeatWhatTheLogRefuses) {
  aggregator_.service().Refuse(1);
  MakeLog();
  EXPECT_TRUE(absl::IsUnavailable(Append({MakeEvent(1)}).get().status));
  EXPECT_TRUE(Append({MakeEvent(2)}).get().status.ok());
  EXPECT_THAT(Numbers(), ElementsAre(2));
}

TEST_F(AggregatorLogTest, SendsCountsWithoutEvents) {
  MakeLog({.writer = {.rejected_delay = absl::Milliseconds(1)}});
  Reject();
  aggregator_.service().WaitForRequests(1);
  EXPECT_TRUE(log_->Drain(absl::Seconds(20)).ok());
  EXPECT_EQ(RejectedCount(), 1U);
  const auto appended = aggregator_.service().appended();
  ASSERT_THAT(appended, SizeIs(1));
  EXPECT_EQ(appended[0].partition, 0);
}

TEST_F(AggregatorLogTest, DrainTakesNothingMoreAndSaysWhatIsLeft) {
  aggregator_.Die();
  MakeLog();
  auto held = Append({MakeEvent(1)});
  EXPECT_TRUE(absl::IsDeadlineExceeded(log_->Drain(absl::Milliseconds(30))));
  EXPECT_TRUE(absl::IsUnavailable(Append({MakeEvent(2)}).get().status));
  log_.reset();
  EXPECT_TRUE(absl::IsUnavailable(held.get().status));
}

TEST_F(AggregatorLogTest, ServesManyThreads) {
  MakeLog();
  std::vector<std::thread> threads;
  std::atomic<int> acked = 0;
  for (std::uint64_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 50; ++i) {
        if (Append({MakeEvent(t * 50 + i)}).get().status.ok()) ++acked;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(acked, 400);
  EXPECT_THAT(Numbers(), SizeIs(400));
  const std::multiset<std::uint64_t> numbers = Numbers();
  EXPECT_EQ(std::set<std::uint64_t>(numbers.begin(), numbers.end()).size(), 400U);
}

}  // namespace
}  // namespace playhead::ingest
