#include "services/ingest/event_tracking_service.h"

#include <functional>
#include <thread>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/ingest/event_stream.h"
#include "services/ingest/received_events.h"
#include "tests/ingest/fake_event_log.h"
#include "tests/ingest/metric_value.h"

namespace playhead::ingest {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'795'364'844);

grpc::ByteBuffer InSlices(const std::string& bytes, std::size_t slice_bytes) {
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < bytes.size(); at += slice_bytes) {
    slices.emplace_back(bytes.substr(at, slice_bytes));
  }
  return {slices.data(), slices.size()};
}

class EventTrackingServiceTest : public ::testing::Test {
 protected:
  EventTrackingServiceTest() {
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(1 << 20);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::EventTracking::NewStub(server_->InProcessChannel({}));
  }
  ~EventTrackingServiceTest() override { server_->Shutdown(); }

  static v1::TrackEventsRequest MakeRequest(int events) {
    v1::TrackEventsRequest request;
    for (int i = 0; i < events; ++i) {
      v1::PlayerEvent& event = *request.add_events();
      event.set_event_type(3);
      event.set_partner_id(1);
      event.set_entry_id("e" + std::to_string(i));
      event.set_session_id("s");
    }
    return request;
  }

  grpc::Status Track(const v1::TrackEventsRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return stub_->TrackEvents(&context, request, &response_);
  }

  template <typename Detail>
  static Detail DetailOf(const grpc::Status& status) {
    google::rpc::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    Detail detail;
    for (const auto& any : details.details()) {
      if (any.UnpackTo(&detail)) return detail;
    }
    ADD_FAILURE() << "no such detail";
    return detail;
  }

  FakeEventLog log_;
  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  Ingest ingest_{log_, metrics_, TimeLimits{}, [] { return kNow; }};
  EventTrackingService service_{ingest_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EventTracking::Stub> stub_;
  v1::TrackEventsResponse response_;
};

TEST_F(EventTrackingServiceTest, RefusesOnlyTheEventWhoseTextIsNotUtf8) {
  v1::TrackEventsRequest request = MakeRequest(3);
  request.mutable_events(1)->set_custom_var_1("caf\xE9");
  request.mutable_events(1)->set_user_id("\xFF");
  ASSERT_TRUE(Track(request).ok());
  EXPECT_EQ(response_.accepted_count(), 2);
  ASSERT_EQ(response_.rejections_size(), 1);
  EXPECT_EQ(response_.rejections(0).index(), 1);
  EXPECT_EQ(response_.rejections(0).reason(), v1::REJECTION_REASON_INVALID_UTF8);
  EXPECT_EQ(response_.rejections(0).field(), "user_id");
  EXPECT_THAT(log_.events(), SizeIs(2));
}

TEST_F(EventTrackingServiceTest, RefusesBytesThatAreNoRequest) {
  EXPECT_TRUE(absl::IsInvalidArgument(ReadEvents(InSlices("\x0a\x05zz", 9)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadEvents(InSlices("\xff", 9)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadEvents(InSlices(std::string(1, '\0'), 9)).status()));
  EXPECT_TRUE(ReadEvents(InSlices("", 9)).ok());
}

TEST_F(EventTrackingServiceTest, ReadsARequestHoweverItIsSliced) {
  v1::TrackEventsRequest good = MakeRequest(3);
  good.mutable_events(1)->set_application("caf\xC3\xA9");
  v1::TrackEventsRequest bad = good;
  bad.mutable_events(2)->set_application("caf\xE9");
  for (const std::size_t size : {1, 2, 7, 1000}) {
    const auto whole = ReadEvents(InSlices(good.SerializeAsString(), size));
    ASSERT_TRUE(whole.ok()) << whole.status();
    EXPECT_EQ(whole->request.SerializeAsString(), good.SerializeAsString());
    EXPECT_THAT(whole->bad_texts, IsEmpty());
    const auto mended = ReadEvents(InSlices(bad.SerializeAsString(), size));
    ASSERT_TRUE(mended.ok()) << mended.status();
    ASSERT_THAT(mended->bad_texts, SizeIs(1));
    EXPECT_EQ(mended->bad_texts[0].index, 2);
    EXPECT_EQ(mended->bad_texts[0].field, "application");
    EXPECT_EQ(mended->request.events(2).application(), "");
    EXPECT_EQ(mended->request.events(1).application(), "caf\xC3\xA9");
  }
}

TEST_F(EventTrackingServiceTest, AcceptsOneToOneThousandEvents) {
  for (const int count : {1, 1000}) {
    const grpc::Status status = Track(MakeRequest(count));
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response_.accepted_count(), count);
    EXPECT_THAT(response_.rejections(), IsEmpty());
  }
  EXPECT_THAT(log_.events(), SizeIs(1001));
  EXPECT_EQ(log_.events()[0].event.door, v1::DOOR_GRPC);
  EXPECT_EQ(MetricValue(registry_, "playhead_ingest_events_total",
                        {{"door", "grpc"}, {"outcome", "accepted"}}),
            1001);
}

TEST_F(EventTrackingServiceTest, RefusesOtherBatchSizes) {
  for (const int count : {0, 1001}) {
    const grpc::Status status = Track(MakeRequest(count));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("1 to 1000"));
    EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).reason(), "BATCH_SIZE");
    EXPECT_EQ(DetailOf<google::rpc::BadRequest>(status).field_violations(0).field(), "events");
  }
  EXPECT_THAT(log_.events(), IsEmpty());
}

TEST_F(EventTrackingServiceTest, RefusesLargeRequests) {
  v1::TrackEventsRequest request = MakeRequest(1);
  request.mutable_events(0)->set_error_details(std::string(1 << 20, 'x'));
  EXPECT_EQ(Track(request).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(EventTrackingServiceTest, NamesRejectedEventsByIndex) {
  v1::TrackEventsRequest request = MakeRequest(8);
  request.mutable_events(0)->set_event_type(0);
  request.mutable_events(2)->set_partner_id(-1);
  request.mutable_events(3)->set_partner_id(666);
  request.mutable_events(4)->clear_entry_id();
  request.mutable_events(5)->mutable_occur_time()->set_seconds(1'795'364'844 - 7 * 86'400 - 1);
  request.mutable_events(6)->mutable_occur_time()->set_seconds(1'795'364'844 + 301);
  request.mutable_events(7)->set_user_id(std::string("a\0b", 3));
  log_.RefusePartner(666);
  ASSERT_TRUE(Track(request).ok());
  EXPECT_EQ(response_.accepted_count(), 1);
  struct Case {
    int index;
    v1::RejectionReason reason;
    const char* field;
  };
  const Case cases[] = {{0, v1::REJECTION_REASON_MISSING_EVENT_TYPE, "event_type"},
                        {2, v1::REJECTION_REASON_BAD_PARTNER, "partner_id"},
                        {3, v1::REJECTION_REASON_UNKNOWN_PARTNER, "partner_id"},
                        {4, v1::REJECTION_REASON_MISSING_ENTRY, "entry_id"},
                        {5, v1::REJECTION_REASON_TOO_LATE, "occur_time"},
                        {6, v1::REJECTION_REASON_CLOCK_SKEW, "occur_time"},
                        {7, v1::REJECTION_REASON_NUL_BYTE, "user_id"}};
  ASSERT_THAT(response_.rejections(), SizeIs(std::size(cases)));
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const v1::EventRejection& rejection = response_.rejections(static_cast<int>(i));
    EXPECT_EQ(rejection.index(), cases[i].index);
    EXPECT_EQ(rejection.reason(), cases[i].reason);
    EXPECT_EQ(rejection.field(), cases[i].field);
    EXPECT_THAT(rejection.message(), HasSubstr(cases[i].field));
    const RejectedKey key{.minute = 1'795'364'844 / 60,
                          .door = v1::DOOR_GRPC,
                          .partner = cases[i].index == 2   ? 0
                                     : cases[i].index == 3 ? 666
                                                           : 1,
                          .reason = cases[i].reason};
    EXPECT_EQ(log_.rejected()[key], 1) << cases[i].index;
  }
  ASSERT_THAT(log_.events(), SizeIs(1));
  EXPECT_EQ(log_.events()[0].event.dimension(catalog::Dimension::kEntry), "e1");
}

TEST_F(EventTrackingServiceTest, AnswersWhenAllEventsAreRejected) {
  v1::TrackEventsRequest request = MakeRequest(1);
  request.mutable_events(0)->set_event_type(0);
  log_.GoAway();
  ASSERT_TRUE(Track(request).ok());
  EXPECT_EQ(response_.accepted_count(), 0);
  EXPECT_THAT(response_.rejections(), SizeIs(1));
}

TEST_F(EventTrackingServiceTest, SaysUnavailableWhenTheLogIsAway) {
  v1::TrackEventsRequest request = MakeRequest(2);
  request.mutable_events(0)->set_event_type(0);
  log_.GoAway();
  const grpc::Status status = Track(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(status).retry_delay().seconds(), 2);
  // The caller sends the whole request again: its refused events count then.
  EXPECT_THAT(log_.rejected(), IsEmpty());
}

TEST_F(EventTrackingServiceTest, PassesTheDeadlineOnUpToThirtySeconds) {
  ASSERT_TRUE(Track(MakeRequest(1)).ok());
  EXPECT_LT(log_.last_limit(), absl::Seconds(30));
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->TrackEvents(&context, MakeRequest(1), &response_).ok());
  EXPECT_EQ(log_.last_limit(), absl::Seconds(30));
}

TEST_F(EventTrackingServiceTest, AnswersOnlyAfterTheLog) {
  log_.Hold();
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = stub_->AsyncTrackEvents(&context, MakeRequest(1), &queue);
  grpc::Status status;
  call->Finish(&response_, &status, nullptr);
  log_.WaitForHeld(1);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_EQ(queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now()),
            grpc::CompletionQueue::TIMEOUT);
  log_.Release();
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(response_.accepted_count(), 1);
  queue.Shutdown();
}

TEST_F(EventTrackingServiceTest, StreamsOneResponsePerRequestInOrder) {
  grpc::ClientContext context;
  auto stream = stub_->StreamEvents(&context);
  // Reads meanwhile: a service that answers in order takes nothing more from a caller who does not
  // read.
  std::thread writer([&] {
    for (int i = 1; i <= 20; ++i) EXPECT_TRUE(stream->Write(MakeRequest(i)));
    stream->WritesDone();
  });
  for (int i = 1; i <= 20; ++i) {
    EXPECT_TRUE(stream->Read(&response_));
    EXPECT_EQ(response_.accepted_count(), i);
  }
  EXPECT_FALSE(stream->Read(&response_));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(EventTrackingServiceTest, EndsTheStreamWithTheStatusOfARefusedRequest) {
  grpc::ClientContext context;
  auto stream = stub_->StreamEvents(&context);
  ASSERT_TRUE(stream->Write(MakeRequest(1)));
  ASSERT_TRUE(stream->Read(&response_));
  ASSERT_TRUE(stream->Write(MakeRequest(0)));
  EXPECT_FALSE(stream->Read(&response_));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(EventTrackingServiceTest, HasManyRequestsOfAStreamInTheLogAtOnce) {
  constexpr int kMany = static_cast<int>(kMaxStreamRequests);
  log_.Hold();
  grpc::ClientContext context;
  auto stream = stub_->StreamEvents(&context);
  std::thread writer([&] {
    for (int i = 1; i <= kMany + 5; ++i) EXPECT_TRUE(stream->Write(MakeRequest(i)));
    stream->WritesDone();
  });
  log_.WaitForHeld(kMaxStreamRequests);
  // Whoever awaits room is about to read; after the last one that is allowed nobody does.
  EXPECT_EQ(log_.room_asked(), kMany);
  // Out of order: the answers are in order all the same.
  log_.ReleaseBackwards();
  for (int i = 1; i <= kMany + 5; ++i) {
    EXPECT_TRUE(stream->Read(&response_));
    EXPECT_EQ(response_.accepted_count(), i);
  }
  EXPECT_FALSE(stream->Read(&response_));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(EventTrackingServiceTest, ReadsNoStreamWhileTheLogHasNoRoom) {
  log_.Fill();
  grpc::ClientContext context;
  auto stream = stub_->StreamEvents(&context);
  log_.WaitForRoomWaiters(1);
  std::thread writer([&] {
    EXPECT_TRUE(stream->Write(MakeRequest(3)));
    stream->WritesDone();
  });
  EXPECT_THAT(log_.events(), IsEmpty());
  log_.MakeRoom();
  EXPECT_TRUE(stream->Read(&response_));
  EXPECT_EQ(response_.accepted_count(), 3);
  EXPECT_FALSE(stream->Read(&response_));
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(EventTrackingServiceTest, OutlivesACallerWhoGoesAway) {
  log_.Hold();
  {
    grpc::ClientContext context;
    auto stream = stub_->StreamEvents(&context);
    ASSERT_TRUE(stream->Write(MakeRequest(1)));
    log_.WaitForHeld(1);
    log_.Fill();
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  log_.Release();
  log_.MakeRoom();
  EXPECT_THAT(log_.events(), SizeIs(1));
}

TEST_F(EventTrackingServiceTest, AnswersWhatCameBeforeTheRequestThatFails) {
  log_.Hold();
  grpc::ClientContext context;
  auto stream = stub_->StreamEvents(&context);
  for (const int count : {2, 0, 3}) ASSERT_TRUE(stream->Write(MakeRequest(count)));
  log_.WaitForHeld(2);
  log_.Release();
  EXPECT_TRUE(stream->Read(&response_));
  EXPECT_EQ(response_.accepted_count(), 2);
  EXPECT_FALSE(stream->Read(&response_));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(EventTrackingServiceTest, CorrectsEventsByTheSendersClock) {
  v1::TrackEventsRequest request = MakeRequest(2);
  request.mutable_events(0)->set_event_index(1);
  request.mutable_events(0)->mutable_occur_time()->set_seconds(1'795'364'000);
  const auto track_sent_at = [&](std::int64_t seconds) {
    request.mutable_sent_time()->set_seconds(seconds);
    EXPECT_TRUE(Track(request).ok());
    EXPECT_EQ(response_.accepted_count(), 2);
    const auto events = log_.events();
    EXPECT_EQ(events.back().event.event_time_ms, absl::ToUnixMillis(kNow));
    return events[events.size() - 2].event;
  };
  const Event exact = track_sent_at(1'795'364'844);
  EXPECT_EQ(exact.event_time_ms, 1'795'364'000'000);
  EXPECT_EQ(track_sent_at(1'795'364'844 - 30).event_time_ms, 1'795'364'000'000);
  const Event slow = track_sent_at(1'795'364'844 - 600);
  EXPECT_EQ(slow.event_time_ms, 1'795'364'600'000);
  EXPECT_EQ(track_sent_at(1'795'364'844 + 600).event_time_ms, 1'795'363'400'000);
  // A copy that is sent again is recognised.
  EXPECT_EQ(slow.identity, exact.identity);
}

TEST_F(EventTrackingServiceTest, RefusesAllEventsOfAClockThatIsFarOff) {
  for (const int skew : {-601, 601}) {
    v1::TrackEventsRequest request = MakeRequest(3);
    request.mutable_events(1)->set_event_type(0);
    request.mutable_sent_time()->set_seconds(1'795'364'844 + skew);
    ASSERT_TRUE(Track(request).ok());
    EXPECT_EQ(response_.accepted_count(), 0);
    ASSERT_THAT(response_.rejections(), SizeIs(3));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(response_.rejections(i).index(), i);
      EXPECT_EQ(response_.rejections(i).reason(), v1::REJECTION_REASON_CLOCK_SKEW);
      EXPECT_EQ(response_.rejections(i).field(), "sent_time");
    }
  }
  EXPECT_THAT(log_.events(), IsEmpty());
  EXPECT_EQ(log_.rejected_by_reason()[v1::REJECTION_REASON_CLOCK_SKEW], 6);
}

TEST_F(EventTrackingServiceTest, RecognisesCopiesByIdOrIndex) {
  v1::TrackEventsRequest request = MakeRequest(1);
  const auto identity_of = [&](const std::function<void(v1::PlayerEvent&)>& change) {
    v1::TrackEventsRequest changed = request;
    change(*changed.mutable_events(0));
    EXPECT_TRUE(Track(changed).ok());
    return log_.events().back().event.identity;
  };
  EXPECT_TRUE(identity_of([](auto&) {}).IsZero());
  const Id128 by_id = identity_of([](auto& e) { e.set_event_id("a"); });
  EXPECT_EQ(identity_of([](auto& e) {
              e.set_event_id("a");
              e.set_position(3);
            }),
            by_id);
  const Id128 by_index = identity_of([](auto& e) { e.set_event_index(1); });
  EXPECT_EQ(identity_of([](auto& e) { e.set_event_index(1); }), by_index);
  EXPECT_FALSE(identity_of([](auto& e) {
                 e.set_event_index(1);
                 e.set_position(3);
               }) == by_index);
  EXPECT_TRUE(identity_of([](auto& e) { e.set_event_index(0); }).IsZero());
}

}  // namespace
}  // namespace playhead::ingest
