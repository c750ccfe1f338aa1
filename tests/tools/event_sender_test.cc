#include "tools/load/event_sender.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

// Takes every event but those of type 13, and ends a stream at a request without events.
class FakeTracking final : public v1::EventTracking::Service {
  grpc::Status StreamEvents(
      grpc::ServerContext* /*context*/,
      grpc::ServerReaderWriter<v1::TrackEventsResponse, v1::TrackEventsRequest>* stream) override {
    v1::TrackEventsRequest request;
    while (stream->Read(&request)) {
      if (request.events().empty()) return {grpc::StatusCode::INVALID_ARGUMENT, "no events"};
      v1::TrackEventsResponse response;
      for (int i = 0; i < request.events_size(); ++i) {
        if (request.events(i).event_type() != 13) {
          response.set_accepted_count(response.accepted_count() + 1);
          continue;
        }
        auto& rejection = *response.add_rejections();
        rejection.set_index(i);
        rejection.set_reason(v1::REJECTION_REASON_TOO_LATE);
        rejection.set_message("old");
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

class EventSenderTest : public testing::Test {
 protected:
  EventSenderTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::EventTracking::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                           grpc::InsecureChannelCredentials()));
  }

  static v1::TrackEventsRequest Request(std::initializer_list<int> types) {
    v1::TrackEventsRequest request;
    for (const int type : types) request.add_events()->set_event_type(type);
    return request;
  }

  FakeTracking service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EventTracking::Stub> stub_;
};

TEST_F(EventSenderTest, CountsTheAnswersToEveryRequest) {
  EventSender sender(*stub_);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(sender.Send(Request({3, 99})).ok());
  ASSERT_TRUE(sender.Send(Request({13, 3})).ok());
  ASSERT_TRUE(sender.Finish().ok());
  EXPECT_EQ(sender.result().accepted, 201);
  EXPECT_EQ(sender.result().refused, 1);
  EXPECT_THAT(sender.result().refusals, testing::ElementsAre("REJECTION_REASON_TOO_LATE: old"));
}

TEST_F(EventSenderTest, SaysWhyAStreamEnded) {
  EventSender sender(*stub_);
  grpc::Status status = sender.Send(Request({}));
  for (int i = 0; i < 1000 && status.ok(); ++i) status = sender.Send(Request({3}));
  if (status.ok()) status = sender.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "no events");
}

TEST_F(EventSenderTest, MaySendAgainAfterFinish) {
  EventSender sender(*stub_);
  ASSERT_TRUE(sender.Finish().ok());
  ASSERT_TRUE(sender.Send(Request({3})).ok());
  ASSERT_TRUE(sender.Finish().ok());
  ASSERT_TRUE(sender.Send(Request({3})).ok());
  ASSERT_TRUE(sender.Finish().ok());
  EXPECT_EQ(sender.result().accepted, 2);
}

}  // namespace
}  // namespace playhead::tools
