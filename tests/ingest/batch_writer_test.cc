#include "services/ingest/batch_writer.h"

#include "common/event_batch.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/make_event.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kForever = absl::InfiniteDuration();
const std::string kProducer = "0123456789abcdef";

// Unpacks what was sent; order and content of batches is what the tests look at.
struct Sent {
  std::int32_t partition;
  std::uint64_t sequence;
  std::size_t events;
  std::uint64_t rejected;

  friend bool operator==(const Sent&, const Sent&) = default;
  friend void PrintTo(const Sent& s, std::ostream* out) {
    *out << s.partition << "/" << s.sequence << " " << s.events << "+" << s.rejected;
  }
};

std::vector<Sent> Unpack(const v1::AppendBatchesRequest& request) {
  std::vector<Sent> sent;
  for (const v1::PartitionBatch& batch : request.batches()) {
    const auto unpacked = UnpackBatch(batch.event_batch(), kNowMs);
    EXPECT_TRUE(unpacked.ok()) << unpacked.status();
    if (!unpacked.ok()) continue;
    std::uint64_t rejected = 0;
    for (const v1::RejectedCount& count : unpacked->rejected) rejected += count.count();
    sent.push_back({batch.partition(), unpacked->sequence, unpacked->events.size(), rejected});
  }
  return sent;
}

class BatchWriterTest : public ::testing::Test {
 protected:
  BatchWriterTest() { MakeWriter({}); }

  void MakeWriter(BatchWriterOptions options) {
    options.accept_unknown_partners = true;
    writer_ = std::make_unique<BatchWriter>(options, kProducer);
  }
  void Ready() {
    writer_->SetStatus({.partition_count = 4, .partners_known = true, .known_partners = {1, 2}});
  }
  void Append(std::vector<RoutedEvent> events, absl::Duration limit = kForever) {
    const std::size_t index = outcomes_.size();
    outcomes_.emplace_back();
    writer_->Append(
        std::move(events), limit,
        [this, index](AppendResult result) {
          EXPECT_FALSE(outcomes_[index].has_value()) << "answered twice";
          outcomes_[index] = std::move(result);
        },
        now_);
  }
  bool IsAcked(std::size_t i) { return outcomes_[i].has_value() && outcomes_[i]->status.ok(); }
  bool IsUnavailable(std::size_t i) {
    return outcomes_[i].has_value() && absl::IsUnavailable(outcomes_[i]->status);
  }
  void Reject(v1::RejectionReason reason = v1::REJECTION_REASON_MALFORMED,
              std::int32_t partner = 1) {
    writer_->CountRejected(MakeRejected(reason, partner), now_);
  }
  std::vector<Sent> SendOne() {
    last_ = writer_->NextToSend(now_);
    return last_ == nullptr ? std::vector<Sent>{} : Unpack(*last_);
  }

  SteadyTime now_;
  std::vector<std::optional<AppendResult>> outcomes_;
  std::unique_ptr<BatchWriter> writer_;
  std::shared_ptr<const v1::AppendBatchesRequest> last_;
};

TEST_F(BatchWriterTest, WaitsForTheFirstStatus) {
  Append({MakeEvent(0)});
  EXPECT_THAT(SendOne(), IsEmpty());
  Ready();
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 1, 0}));
}

TEST_F(BatchWriterTest, PacksWhatWaitsByPartitionAndAcksIt) {
  Ready();
  Append({MakeEvent(1), MakeEvent(5)});
  Append({MakeEvent(2)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{1, 1, 2, 0}, Sent{2, 1, 1, 0}));
  EXPECT_THAT(SendOne(), IsEmpty());
  EXPECT_FALSE(IsAcked(0));
  writer_->OnAck(1);
  EXPECT_TRUE(IsAcked(0));
  EXPECT_TRUE(IsAcked(1));
  EXPECT_TRUE(writer_->IsEmpty());
  EXPECT_EQ(writer_->HeldBytes(), 0U);
}

TEST_F(BatchWriterTest, NumbersEachPartitionWithoutGaps) {
  Ready();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    Append({MakeEvent(0), MakeEvent(3)});
    EXPECT_THAT(SendOne(), ElementsAre(Sent{0, i, 1, 0}, Sent{3, i, 1, 0}));
  }
}

TEST_F(BatchWriterTest, SplitsBatchesAtOneThousandEvents) {
  Ready();
  Append(std::vector<RoutedEvent>(1000, MakeEvent(0)));
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 1000, 0}));
  // Two appends that share a request.
  MakeWriter({});
  Ready();
  Append(std::vector<RoutedEvent>(300, MakeEvent(0)));
  Append(std::vector<RoutedEvent>(701, MakeEvent(0)));
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 1000, 0}, Sent{0, 2, 1, 0}));
}

TEST_F(BatchWriterTest, SplitsBatchesOfLongTexts) {
  Ready();
  RoutedEvent event = MakeEvent(0);
  event.event.dimension(catalog::Dimension::kCustomVar1) = std::string(1024, 'x');
  event.event.dimension(catalog::Dimension::kCustomVar2) = std::string(1024, 'y');
  event.event.dimension(catalog::Dimension::kCustomVar3) = std::string(1024, 'z');
  Append(std::vector<RoutedEvent>(1000, event));
  const std::vector<Sent> sent = SendOne();
  EXPECT_GT(sent.size(), 1U);
  std::size_t events = 0;
  for (const Sent& batch : sent) events += batch.events;
  EXPECT_EQ(events, 1000U);
}

TEST_F(BatchWriterTest, KeepsWhatComesInMeanwhileForTheNextRequest) {
  Ready();
  Append({MakeEvent(0)});
  EXPECT_THAT(SendOne(), SizeIs(1));
  Append({MakeEvent(0)});
  Append({MakeEvent(0)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 2, 2, 0}));
}

TEST_F(BatchWriterTest, BoundsRequestsInFlight) {
  MakeWriter({.max_in_flight = 2});
  Ready();
  for (int i = 0; i < 3; ++i) {
    Append({MakeEvent(0)});
    EXPECT_THAT(SendOne(), SizeIs(i < 2 ? 1 : 0));
  }
  writer_->OnAck(1);
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 3, 1, 0}));
}

TEST_F(BatchWriterTest, SendsTheSameBytesInTheSameOrderAfterABreak) {
  Ready();
  std::vector<std::string> sent;
  for (int i = 0; i < 3; ++i) {
    Append({MakeEvent(0), MakeEvent(1)});
    SendOne();
    sent.push_back(last_->SerializeAsString());
  }
  writer_->OnAck(1);
  writer_->OnBroken();
  Append({MakeEvent(0)});
  SendOne();
  EXPECT_EQ(last_->SerializeAsString(), sent[1]);
  SendOne();
  EXPECT_EQ(last_->SerializeAsString(), sent[2]);
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 4, 1, 0}));
  EXPECT_FALSE(IsAcked(1));
}

TEST_F(BatchWriterTest, RefusesWhatExceedsTheHold) {
  const std::size_t one = EstimateBytes(MakeEvent(0).event);
  MakeWriter({.hold_bytes = 2 * one});
  Append({MakeEvent(0)});
  Append({MakeEvent(0)});
  Append({MakeEvent(0)});
  EXPECT_FALSE(outcomes_[1].has_value());
  EXPECT_TRUE(IsUnavailable(2));
  Ready();
  SendOne();
  writer_->OnAck(1);
  Append({MakeEvent(0)});
  EXPECT_FALSE(outcomes_[3].has_value());
}

TEST_F(BatchWriterTest, HasRoomWhileTheHoldIsAtMostHalfFull) {
  const std::size_t bytes = EstimateBytes(MakeEvent(0).event);
  MakeWriter({.hold_bytes = 4 * bytes});
  Ready();
  int ready = 0;
  const auto await_room = [&] { writer_->AwaitRoom([&] { ++ready; }); };
  Append({MakeEvent(0), MakeEvent(0)});
  await_room();
  EXPECT_EQ(ready, 1);
  Append({MakeEvent(0)});
  await_room();
  await_room();
  writer_->Expire(now_);
  EXPECT_EQ(ready, 1);
  // No more are woken at once than may bring something that fits.
  writer_->OnAck(writer_->NextToSend(now_)->request_id());
  EXPECT_EQ(ready, 2);
  writer_->Expire(now_);
  EXPECT_EQ(ready, 3);
}

TEST_F(BatchWriterTest, WakesAllWhoWaitForRoomWhenClosed) {
  const std::size_t bytes = EstimateBytes(MakeEvent(0).event);
  MakeWriter({.hold_bytes = bytes});
  Append({MakeEvent(0)});
  int ready = 0;
  for (int i = 0; i < 3; ++i) writer_->AwaitRoom([&] { ++ready; });
  EXPECT_EQ(ready, 0);
  writer_->Close();
  EXPECT_EQ(ready, 3);
}

TEST_F(BatchWriterTest, BoundsWhoWaitsForRoom) {
  const std::size_t bytes = EstimateBytes(MakeEvent(0).event);
  MakeWriter({.hold_bytes = bytes});
  Append({MakeEvent(0)});
  int ready = 0;
  for (int i = 0; i < 10'001; ++i) writer_->AwaitRoom([&] { ++ready; });
  EXPECT_EQ(ready, 1);
}

TEST_F(BatchWriterTest, GivesUpWhatWaitedTooLong) {
  Append({MakeEvent(0)});
  now_ += std::chrono::seconds(10);
  Append({MakeEvent(0)});
  now_ += std::chrono::seconds(20) - std::chrono::nanoseconds(1);
  writer_->Expire(now_);
  EXPECT_FALSE(outcomes_[0].has_value());
  now_ += std::chrono::nanoseconds(1);
  writer_->Expire(now_);
  EXPECT_TRUE(IsUnavailable(0));
  EXPECT_FALSE(outcomes_[1].has_value());
  Ready();
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 1, 0}));
}

TEST_F(BatchWriterTest, RespectsTheLimitOfTheCaller) {
  Append({MakeEvent(0)}, absl::Seconds(2));
  now_ += std::chrono::seconds(2);
  writer_->Expire(now_);
  EXPECT_TRUE(IsUnavailable(0));
}

TEST_F(BatchWriterTest, NeverSendsAgainWhatItGaveUp) {
  Ready();
  Append({MakeEvent(0)});
  SendOne();
  Append({MakeEvent(0)});
  writer_->OnBroken();
  now_ += std::chrono::seconds(30);
  writer_->Expire(now_);
  EXPECT_TRUE(IsUnavailable(0));
  EXPECT_THAT(SendOne(), IsEmpty());
  // A late ack of what was given up changes nothing.
  writer_->OnAck(1);
  EXPECT_TRUE(IsUnavailable(0));
  EXPECT_TRUE(writer_->IsEmpty());
  Append({MakeEvent(0)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 2, 1, 0}));
}

TEST_F(BatchWriterTest, CarriesRejectedCountsInTheNextBatchOnly) {
  Ready();
  Reject();
  Reject();
  Reject(v1::REJECTION_REASON_TOO_LATE);
  EXPECT_THAT(SendOne(), IsEmpty());
  Append({MakeEvent(2), MakeEvent(1)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{1, 1, 1, 3}, Sent{2, 1, 1, 0}));
  const auto batch = UnpackBatch(last_->batches(0).event_batch(), kNowMs);
  ASSERT_THAT(batch->rejected, SizeIs(2));
  EXPECT_EQ(batch->rejected[0].minute(), MakeRejected().minute);
  EXPECT_EQ(batch->rejected[0].door(), static_cast<std::uint32_t>(v1::DOOR_BEACON));
  EXPECT_EQ(batch->rejected[0].partner(), 1);
  EXPECT_EQ(batch->rejected[0].count(), 2U);
  Append({MakeEvent(1)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{1, 2, 1, 0}));
}

TEST_F(BatchWriterTest, SendsRejectedCountsAloneAfterTenSeconds) {
  Ready();
  Reject();
  now_ += std::chrono::seconds(10) - std::chrono::nanoseconds(1);
  Reject();
  EXPECT_THAT(SendOne(), IsEmpty());
  now_ += std::chrono::nanoseconds(1);
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 0, 2}));
  writer_->OnAck(1);
  EXPECT_TRUE(writer_->IsEmpty());
}

TEST_F(BatchWriterTest, KeepsRejectedCountsOfWhatItGaveUp) {
  Ready();
  Reject();
  Append({MakeEvent(0), MakeEvent(1)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 1, 1}, Sent{1, 1, 1, 0}));
  writer_->OnBroken();
  now_ += std::chrono::seconds(30);
  writer_->Expire(now_);
  EXPECT_TRUE(IsUnavailable(0));
  // The same sequence, so that a reader that has the first drops the second.
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 0, 1}));
  writer_->OnBroken();
  now_ += std::chrono::hours(1);
  writer_->Expire(now_);
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 0, 1}));
  writer_->OnAck(1);
  EXPECT_TRUE(writer_->IsEmpty());
}

TEST_F(BatchWriterTest, TakesALateAckForTheCountsOfWhatItGaveUp) {
  Ready();
  Reject();
  Append({MakeEvent(0)});
  SendOne();
  now_ += std::chrono::seconds(30);
  writer_->Expire(now_);
  EXPECT_TRUE(IsUnavailable(0));
  writer_->OnAck(1);
  EXPECT_TRUE(writer_->IsEmpty());
}

TEST_F(BatchWriterTest, KeepsRejectedCountsWhileTheLogIsAway) {
  for (int i = 0; i < 100; ++i) Reject();
  now_ += std::chrono::hours(1);
  writer_->Expire(now_);
  Ready();
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 0, 100}));
}

TEST_F(BatchWriterTest, BoundsTheKeysOfRejectedCounts) {
  Ready();
  for (std::int32_t partner = 1; partner <= 5000; ++partner) {
    Reject(v1::REJECTION_REASON_UNKNOWN_PARTNER, partner);
  }
  now_ += std::chrono::seconds(10);
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 0, 5000}));
  EXPECT_LE(UnpackBatch(last_->batches(0).event_batch(), kNowMs)->rejected.size(), 1001U);
}

TEST_F(BatchWriterTest, GivesUpTheRequestThatTheLogRefuses) {
  Ready();
  Append({MakeEvent(0)});
  SendOne();
  Append({MakeEvent(0)});
  SendOne();
  writer_->OnBroken();
  writer_->OnRefused();
  EXPECT_TRUE(IsUnavailable(0));
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 2, 1, 0}));
}

TEST_F(BatchWriterTest, SendsCountsAtOnceWhenClosed) {
  Ready();
  Reject();
  writer_->Close();
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 0, 1}));
  Append({MakeEvent(0)});
  EXPECT_TRUE(IsUnavailable(0));
}

class KnownPartnersTest : public BatchWriterTest {
 protected:
  KnownPartnersTest() { writer_ = std::make_unique<BatchWriter>(BatchWriterOptions{}, kProducer); }
};

TEST_F(KnownPartnersTest, WaitsUntilPartnersAreKnown) {
  Append({MakeEvent(0)});
  writer_->SetStatus({.partition_count = 4, .partners_known = false, .known_partners = {}});
  EXPECT_THAT(SendOne(), IsEmpty());
  EXPECT_FALSE(outcomes_[0].has_value());
  Ready();
  EXPECT_THAT(SendOne(), SizeIs(1));
}

TEST_F(KnownPartnersTest, KeepsThemWhileTheyCannotBeRead) {
  Ready();
  writer_->SetStatus({.partition_count = 4, .partners_known = false, .known_partners = {}});
  Append({MakeEvent(0, 2)});
  EXPECT_THAT(SendOne(), SizeIs(1));
}

TEST_F(KnownPartnersTest, LeavesOutEventsOfUnknownPartners) {
  Ready();
  Append({MakeEvent(0, 3), MakeEvent(0, 1), MakeEvent(0, 3), MakeEvent(0, 2)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 2, 0}));
  writer_->OnAck(1);
  EXPECT_TRUE(IsAcked(0));
  EXPECT_THAT(outcomes_[0]->unknown_partners, ElementsAre(0, 2));
}

TEST_F(KnownPartnersTest, AnswersAtOnceWhenAllPartnersAreUnknown) {
  Ready();
  Append({MakeEvent(0, 3)});
  EXPECT_THAT(SendOne(), IsEmpty());
  EXPECT_TRUE(IsAcked(0));
  EXPECT_THAT(outcomes_[0]->unknown_partners, ElementsAre(0));
  EXPECT_TRUE(writer_->IsEmpty());
  EXPECT_EQ(writer_->HeldBytes(), 0U);
}

TEST_F(KnownPartnersTest, LearnsNewPartners) {
  Ready();
  writer_->SetStatus({.partition_count = 4, .partners_known = true, .known_partners = {3}});
  Append({MakeEvent(0, 3), MakeEvent(0, 1)});
  EXPECT_THAT(SendOne(), ElementsAre(Sent{0, 1, 1, 0}));
  writer_->OnAck(1);
  EXPECT_THAT(outcomes_[0]->unknown_partners, ElementsAre(1));
}

}  // namespace
}  // namespace playhead::ingest
