#include "tools/load/event_sender.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace playhead::tools {
namespace {

constexpr int kMostOnTheirWay = 8;
constexpr absl::Duration kStreamUse = absl::Seconds(20);
// Ingest holds a request for up to 30 s while its log is away.
constexpr absl::Duration kStreamLimit = absl::Seconds(60);
constexpr std::size_t kRefusalsShown = 5;

}  // namespace

EventSender::~EventSender() {
  if (stream_ == nullptr) return;
  context_->TryCancel();
  Finish().IgnoreError();
}

grpc::Status EventSender::Send(const v1::TrackEventsRequest& request) {
  if (stream_ != nullptr && absl::Now() - opened_ > kStreamUse) {
    if (grpc::Status status = Finish(); !status.ok()) return status;
  }
  if (stream_ == nullptr) Open();
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &EventSender::HasRoom));
    ++on_their_way_;
  }
  if (stream_->Write(request)) return grpc::Status::OK;
  grpc::Status status = Finish();
  if (!status.ok()) return status;
  return {grpc::StatusCode::UNAVAILABLE, "the stream ended before everything was sent"};
}

grpc::Status EventSender::Finish() {
  if (stream_ == nullptr) return grpc::Status::OK;
  stream_->WritesDone();
  reader_.join();
  grpc::Status status = stream_->Finish();
  stream_.reset();
  absl::MutexLock lock(&mutex_);
  if (!status.ok() || on_their_way_ == 0) return status;
  return {grpc::StatusCode::INTERNAL, absl::StrCat(on_their_way_, " requests have no answer")};
}

EventSender::Result EventSender::result() const {
  absl::MutexLock lock(&mutex_);
  return result_;
}

void EventSender::Open() {
  opened_ = absl::Now();
  context_ = std::make_unique<grpc::ClientContext>();
  context_->set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kStreamLimit));
  {
    absl::MutexLock lock(&mutex_);
    on_their_way_ = 0;
    has_ended_ = false;
  }
  stream_ = stub_.StreamEvents(context_.get());
  reader_ = std::thread([this] { ReadAnswers(); });
}

void EventSender::ReadAnswers() {
  v1::TrackEventsResponse response;
  while (stream_->Read(&response)) {
    absl::MutexLock lock(&mutex_);
    --on_their_way_;
    result_.accepted += response.accepted_count();
    result_.refused += response.rejections_size();
    for (const v1::EventRejection& rejection : response.rejections()) {
      if (result_.refusals.size() == kRefusalsShown) break;
      result_.refusals.push_back(
          absl::StrCat(v1::RejectionReason_Name(rejection.reason()), ": ", rejection.message()));
    }
  }
  absl::MutexLock lock(&mutex_);
  has_ended_ = true;
}

bool EventSender::HasRoom() const { return has_ended_ || on_their_way_ < kMostOnTheirWay; }

}  // namespace playhead::tools
