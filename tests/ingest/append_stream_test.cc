#include "services/ingest/append_stream.h"

#include "absl/synchronization/notification.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "tests/ingest/fake_aggregation.h"

namespace playhead::ingest {
namespace {

// A thread of gRPC that drops the last reference to a channel waits for itself.
TEST(AppendStreamTest, LeavesNoReferenceToTheChannelOnTheThreadThatEndsIt) {
  FakeAggregator aggregator;
  const auto channel =
      grpc::CreateChannel(aggregator.address(), grpc::InsecureChannelCredentials());
  absl::Notification ended;
  absl::Notification checked;
  auto stub = v1::Aggregation::NewStub(channel);
  auto stream = AppendStream::Start(*stub, {.on_ack = [](std::uint64_t) {},
                                            .on_writable = [] {},
                                            .on_end =
                                                [&](const absl::Status&) {
                                                  ended.Notify();
                                                  checked.WaitForNotification();
                                                }});
  stream->Cancel();
  ended.WaitForNotification();
  stream.reset();
  stub.reset();
  EXPECT_EQ(channel.use_count(), 1);
  checked.Notify();
}

TEST(AppendStreamTest, WritesOneRequestAtATime) {
  FakeAggregator aggregator;
  const auto stub = v1::Aggregation::NewStub(
      grpc::CreateChannel(aggregator.address(), grpc::InsecureChannelCredentials()));
  absl::Notification acked;
  absl::Notification ended;
  auto stream =
      AppendStream::Start(*stub, {.on_ack =
                                      [&](std::uint64_t id) {
                                        EXPECT_EQ(id, 7U);
                                        acked.Notify();
                                      },
                                  .on_writable = [] {},
                                  .on_end = [&](const absl::Status&) { ended.Notify(); }});
  auto request = std::make_shared<v1::AppendBatchesRequest>();
  request->set_request_id(7);
  EXPECT_TRUE(stream->Write(request));
  acked.WaitForNotification();
  stream->Cancel();
  ended.WaitForNotification();
  EXPECT_FALSE(stream->IsWritable());
  EXPECT_FALSE(stream->Write(request));
}

}  // namespace
}  // namespace playhead::ingest
