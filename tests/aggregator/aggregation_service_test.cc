#include "services/aggregator/aggregation_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/writer_world.h"

namespace playhead::aggregator {
namespace {

using testing::ElementsAre;

// Answers when the test says so.
class FakeAppender final : public LogAppender {
 public:
  void Append(std::vector<LogAppend> batches, std::function<void(absl::Status)> done) override {
    absl::MutexLock lock(&mutex_);
    for (LogAppend& batch : batches) appended_.push_back(std::move(batch));
    waiting_.push_back(std::move(done));
    most_waiting_ = std::max(most_waiting_, waiting_.size());
    ++calls_;
  }

  void AwaitCalls(std::size_t calls) {
    absl::MutexLock lock(&mutex_);
    const auto has_come = [&] {
      mutex_.AssertReaderHeld();
      return calls_ >= calls;
    };
    mutex_.Await(absl::Condition(&has_come));
  }
  void Answer(const absl::Status& status) {
    std::vector<std::function<void(absl::Status)>> waiting;
    {
      absl::MutexLock lock(&mutex_);
      waiting = std::exchange(waiting_, {});
    }
    for (const auto& done : waiting) done(status);
  }
  std::size_t most_waiting() const {
    absl::MutexLock lock(&mutex_);
    return most_waiting_;
  }
  std::vector<LogAppend> appended() const {
    absl::MutexLock lock(&mutex_);
    return appended_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<LogAppend> appended_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void(absl::Status)>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t most_waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

class AggregationServiceTest : public testing::Test {
 protected:
  AggregationServiceTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::Aggregation::NewStub(server_->InProcessChannel({}));
  }
  ~AggregationServiceTest() override {
    log_.Answer(absl::OkStatus());
    server_->Shutdown();
  }

  static v1::AppendBatchesRequest Request(std::uint64_t id, std::size_t bytes = 10) {
    v1::AppendBatchesRequest request;
    request.set_request_id(id);
    v1::PartitionBatch& batch = *request.add_batches();
    batch.set_partition(static_cast<int>(id % 3));
    batch.set_event_batch(std::string(bytes, static_cast<char>('a' + id % 26)));
    return request;
  }

  WriterWorld world_;
  FakeAppender log_;
  std::optional<std::vector<std::int32_t>> partners_ = std::vector<std::int32_t>{5, 4711};
  prometheus::Registry registry_;
  AggregatorMetrics metrics_{registry_};
  AggregationService service_{
      world_.source, log_, {&world_.writer()}, [this] { return partners_; }, metrics_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Aggregation::Stub> stub_;
  grpc::ClientContext context_;
};

TEST_F(AggregationServiceTest, AnswersAppendsInTheirOrder) {
  auto stream = stub_->AppendBatches(&context_);
  for (std::uint64_t id = 1; id <= 5; ++id) ASSERT_TRUE(stream->Write(Request(id)));
  log_.AwaitCalls(5);
  log_.Answer(absl::OkStatus());
  v1::AppendBatchesResponse response;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.request_id(), id);
  }
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(log_.appended().size(), 5U);
  EXPECT_EQ(log_.appended()[1].partition, 2);
  EXPECT_EQ(log_.appended()[1].payload, std::string(10, 'c'));
}

TEST_F(AggregationServiceTest, AnswersWhatIsInFlightAfterTheLastRequest) {
  auto stream = stub_->AppendBatches(&context_);
  ASSERT_TRUE(stream->Write(Request(1)));
  stream->WritesDone();
  log_.AwaitCalls(1);
  log_.Answer(absl::OkStatus());
  v1::AppendBatchesResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(AggregationServiceTest, AFailedAppendEndsTheStreamAfterTheAnswersBefore) {
  auto stream = stub_->AppendBatches(&context_);
  ASSERT_TRUE(stream->Write(Request(1)));
  log_.AwaitCalls(1);
  log_.Answer(absl::OkStatus());
  ASSERT_TRUE(stream->Write(Request(2)));
  log_.AwaitCalls(2);
  log_.Answer(absl::UnavailableError("disk is full"));
  v1::AppendBatchesResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.request_id(), 1U);
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "disk is full");
}

TEST_F(AggregationServiceTest, ReadsNoMoreThanItMayHaveInFlight) {
  auto stream = stub_->AppendBatches(&context_);
  std::thread sender([&] {
    for (std::uint64_t id = 1; id <= 40; ++id) stream->Write(Request(id, 1'000'000));
    stream->WritesDone();
  });
  log_.AwaitCalls(17);
  std::uint64_t answered = 0;
  v1::AppendBatchesResponse response;
  while (answered < 40) {
    log_.AwaitCalls(answered + 1);
    log_.Answer(absl::OkStatus());
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.request_id(), ++answered);
  }
  sender.join();
  EXPECT_EQ(log_.most_waiting(), 17U);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(AggregationServiceTest, ACancelledStreamLeavesTheLogInPeace) {
  auto stream = stub_->AppendBatches(&context_);
  ASSERT_TRUE(stream->Write(Request(1)));
  log_.AwaitCalls(1);
  context_.TryCancel();
  EXPECT_FALSE(stream->Finish().ok());
  log_.Answer(absl::OkStatus());
}

TEST_F(AggregationServiceTest, StoppingAnswersWhatIsInFlightThenEndsStreams) {
  auto stream = stub_->AppendBatches(&context_);
  ASSERT_TRUE(stream->Write(Request(1)));
  log_.AwaitCalls(1);
  service_.StopAppends();
  log_.Answer(absl::OkStatus());
  v1::AppendBatchesResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);

  grpc::ClientContext context;
  auto late = stub_->AppendBatches(&context);
  EXPECT_FALSE(late->Read(&response));
  EXPECT_EQ(late->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AggregationServiceTest, SaysWhenTheTailIsAway) {
  v1::ReadTailResponse response;
  EXPECT_EQ(stub_->ReadTail(&context_, {}, &response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AggregationServiceTest, ReadsTheTail) {
  world_.AppendEvents(0, {MakeEvent(3, "s", "1", world_.now_ms)});
  while (world_.writer().FoldStep() == Writer::Step::kProgress) {
  }
  v1::ReadTailRequest request;
  request.add_measures("plays");
  request.set_from_ms(kNoonMs);
  request.set_until_ms(kNoonMs + 60'000);
  v1::ReadTailResponse response;
  ASSERT_TRUE(stub_->ReadTail(&context_, request, &response).ok());
  ASSERT_EQ(response.segments_size(), 1);
  EXPECT_THAT(response.segments(0).measures(0).values(), ElementsAre(1));
}

TEST_F(AggregationServiceTest, RefusesUnknownNames) {
  v1::ReadTailRequest request;
  request.add_dimensions("colour");
  v1::ReadTailResponse response;
  EXPECT_EQ(stub_->ReadTail(&context_, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AggregationServiceTest, StatusHasPartitionsLogAndPartners) {
  world_.AppendEvents(1, {MakeEvent(3, "s", "1", world_.now_ms)});
  v1::GetStatusResponse before;
  ASSERT_TRUE(stub_->GetStatus(&context_, {}, &before).ok());
  EXPECT_EQ(before.partition_count(), 3);
  EXPECT_EQ(before.log_uuid().size(), 16U);
  EXPECT_THAT(before.known_partners(), ElementsAre(5, 4711));
  EXPECT_TRUE(before.partners_known());
  EXPECT_EQ(before.partitions(1).committed_next(), -1);
  EXPECT_EQ(before.partitions(1).state(), v1::PARTITION_STATE_WARMING_UP);

  world_.Settle();
  partners_.reset();
  v1::GetStatusResponse after;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->GetStatus(&context, {}, &after).ok());
  EXPECT_FALSE(after.partners_known());
  EXPECT_EQ(after.partitions(1).log_next(), 1);
  EXPECT_EQ(after.partitions(1).folded_next(), 1);
  EXPECT_EQ(after.partitions(1).committed_next(), 1);
  EXPECT_EQ(after.partitions(1).state(), v1::PARTITION_STATE_RUNNING);
  EXPECT_GT(after.memory_bytes(), 0);
}

}  // namespace
}  // namespace playhead::aggregator
