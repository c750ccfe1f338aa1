#include "services/ingest/aggregator_log.h"

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/grpc_status.h"
#include "common/json_log.h"
#include "common/random_id.h"
#include "common/strings.h"
#include "grpcpp/grpcpp.h"
#include "services/ingest/append_stream.h"

namespace playhead::ingest {
namespace {

constexpr absl::Duration kStatusDeadline = absl::Seconds(5);
// How long the sending thread sleeps when nobody wakes it.
constexpr absl::Duration kBusyTick = absl::Milliseconds(20);
constexpr absl::Duration kIdleTick = absl::Milliseconds(250);

SteadyTime SteadyNow() { return std::chrono::steady_clock::now(); }

std::chrono::nanoseconds ToChrono(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

// Grows from the least to the greatest, half of it random, so that many processes do not come at
// once.
class Backoff {
 public:
  Backoff(absl::Duration least, absl::Duration greatest) : least_(least), greatest_(greatest) {}

  absl::Duration Next() {
    next_ = next_ == absl::ZeroDuration() ? least_ : std::min(next_ * 2, greatest_);
    return next_ * std::uniform_real_distribution<double>(0.5, 1)(random_);
  }
  void Reset() { next_ = absl::ZeroDuration(); }

 private:
  const absl::Duration least_;
  const absl::Duration greatest_;
  absl::Duration next_ = absl::ZeroDuration();
  std::mt19937 random_{std::random_device()()};
};

class AggregatorLog final : public EventLog {
 public:
  AggregatorLog(std::shared_ptr<grpc::Channel> channel, const AggregatorLogOptions& options,
                IngestMetrics& metrics)
      : options_(options),
        metrics_(metrics),
        stub_(v1::Aggregation::NewStub(std::move(channel))),
        writer_(options.writer, ToBytes(RandomId())),
        stream_backoff_(options.least_backoff, options.greatest_backoff),
        status_backoff_(options.least_backoff, options.greatest_backoff),
        sender_([this] { Run(); }) {}

  ~AggregatorLog() override {
    writer_.Close();
    {
      absl::MutexLock lock(&mutex_);
      is_stopping_ = true;
    }
    Wake();
    sender_.join();
    // What is left was not acked; its callers must hear of it.
    writer_.Expire(SteadyTime::max());
  }

  void Append(std::vector<RoutedEvent> events, absl::Duration limit, AppendDone done) override {
    writer_.Append(std::move(events), limit, std::move(done), SteadyNow());
    Wake();
  }

  void AwaitRoom(absl::AnyInvocable<void()> ready) override { writer_.AwaitRoom(std::move(ready)); }

  void CountRejected(const RejectedKey& key) override { writer_.CountRejected(key, SteadyNow()); }

  absl::Status Drain(absl::Duration limit) override {
    writer_.Close();
    Wake();
    const absl::Time deadline = absl::Now() + limit;
    absl::MutexLock lock(&mutex_);
    while (!writer_.IsEmpty()) {
      if (drained_.WaitWithDeadline(&mutex_, std::min(deadline, absl::Now() + kBusyTick)) &&
          absl::Now() >= deadline) {
        return absl::DeadlineExceededError("some events were not acked by the log");
      }
    }
    return absl::OkStatus();
  }

 private:
  void Wake() {
    absl::MutexLock lock(&mutex_);
    is_awake_ = true;
    changed_.Signal();
  }

  void Run() {
    while (true) {
      const SteadyTime now = SteadyNow();
      writer_.Expire(now);
      MaintainStatus(now);
      MaintainStream(now);
      Send(now);
      metrics_.hold_bytes.Set(static_cast<double>(writer_.HeldBytes()));
      const absl::Duration tick = writer_.IsEmpty() ? kIdleTick : kBusyTick;
      absl::MutexLock lock(&mutex_);
      drained_.SignalAll();
      if (is_stopping_ && stream_ == nullptr && !is_asking_status_) return;
      if (!is_awake_) changed_.WaitWithTimeout(&mutex_, tick);
      is_awake_ = false;
    }
  }

  void MaintainStatus(SteadyTime now) {
    {
      absl::MutexLock lock(&mutex_);
      if (is_asking_status_ && is_stopping_) status_call_->context.TryCancel();
      if (is_asking_status_ || is_stopping_ || now < next_status_) return;
      is_asking_status_ = true;
    }
    // The last call ends here and not on gRPC's thread, for the reason that AppendStream gives.
    status_call_ = std::make_unique<StatusCall>();
    status_call_->context.set_deadline(absl::ToChronoTime(absl::Now() + kStatusDeadline));
    stub_->async()->GetStatus(
        &status_call_->context, &status_call_->request, &status_call_->response,
        [this](const grpc::Status& status) { OnStatus(status, status_call_->response); });
  }

  void OnStatus(const grpc::Status& status, const v1::GetStatusResponse& response) {
    const bool is_good = status.ok() && response.partition_count() > 0;
    absl::MutexLock lock(&mutex_);
    if (is_good) {
      new_status_ = LogStatus{
          .partition_count = response.partition_count(),
          .partners_known = response.partners_known(),
          .known_partners = {response.known_partners().begin(), response.known_partners().end()}};
    }
    const bool is_complete =
        is_good && (response.partners_known() || options_.writer.accept_unknown_partners);
    if (is_complete) status_backoff_.Reset();
    next_status_ =
        SteadyNow() + ToChrono(is_complete ? options_.status_interval : status_backoff_.Next());
    is_asking_status_ = false;
    is_awake_ = true;
    changed_.Signal();
  }

  void MaintainStream(SteadyTime now) {
    std::optional<LogStatus> status;
    std::optional<absl::Status> end;
    {
      absl::MutexLock lock(&mutex_);
      status = std::exchange(new_status_, std::nullopt);
      end = std::exchange(stream_end_, std::nullopt);
    }
    if (status.has_value()) writer_.SetStatus(*std::move(status));
    if (end.has_value()) OnStreamEnd(*end, now);
    if (stream_ != nullptr) {
      const std::optional<SteadyTime> oldest = writer_.OldestSent();
      const bool is_stuck = oldest.has_value() && now - *oldest > ToChrono(options_.ack_timeout);
      if (is_stuck || IsStopping()) stream_->Cancel();
    } else if (now >= next_connect_ && !IsStopping()) {
      stream_ =
          AppendStream::Start(*stub_, {.on_ack = [this](std::uint64_t id) { OnAck(id); },
                                       .on_writable = [this] { Wake(); },
                                       .on_end = [this](const absl::Status& why) { OnEnd(why); }});
    }
  }

  void OnStreamEnd(const absl::Status& why, SteadyTime now) {
    const bool was_sent = writer_.OldestSent().has_value();
    stream_.reset();
    writer_.OnBroken();
    // Sending the same bytes again would be refused again, and everything behind them would wait.
    if (absl::IsInvalidArgument(why) && was_sent) writer_.OnRefused();
    {
      absl::MutexLock lock(&mutex_);
      next_connect_ = now + ToChrono(stream_backoff_.Next());
    }
    metrics_.reconnects.Increment();
    if (!IsStopping() && !is_away_) {
      is_away_ = true;
      Log(Severity::kWarning, "the stream to the log ended", {{"status", why.ToString()}});
    }
  }

  void OnAck(std::uint64_t request_id) {
    writer_.OnAck(request_id);
    absl::MutexLock lock(&mutex_);
    stream_backoff_.Reset();
    has_ack_ = true;
    is_awake_ = true;
    changed_.Signal();
  }

  void OnEnd(const absl::Status& why) {
    absl::MutexLock lock(&mutex_);
    stream_end_ = why;
    is_awake_ = true;
    changed_.Signal();
  }

  void Send(SteadyTime now) {
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(has_ack_, false)) is_away_ = false;
    }
    while (stream_ != nullptr && stream_->IsWritable()) {
      const auto request = writer_.NextToSend(now);
      if (request == nullptr) return;
      // When the stream has just ended, its end marks the request as unsent again.
      if (!stream_->Write(request)) return;
    }
  }

  bool IsStopping() {
    absl::MutexLock lock(&mutex_);
    return is_stopping_;
  }

  const AggregatorLogOptions options_;
  IngestMetrics& metrics_;
  const std::unique_ptr<v1::Aggregation::StubInterface> stub_;
  BatchWriter writer_;

  struct StatusCall {
    grpc::ClientContext context;
    v1::GetStatusRequest request;
    v1::GetStatusResponse response;
  };

  // Of the sending thread only; the call's response also of gRPC's, until is_asking_status_ is
  // false.
  std::unique_ptr<AppendStream> stream_;
  std::unique_ptr<StatusCall> status_call_;
  bool is_away_ = false;

  absl::Mutex mutex_;
  absl::CondVar changed_;
  absl::CondVar drained_;
  bool is_awake_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_ack_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> stream_end_ ABSL_GUARDED_BY(mutex_);
  SteadyTime next_connect_ ABSL_GUARDED_BY(mutex_);
  Backoff stream_backoff_ ABSL_GUARDED_BY(mutex_);
  bool is_asking_status_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<LogStatus> new_status_ ABSL_GUARDED_BY(mutex_);
  SteadyTime next_status_ ABSL_GUARDED_BY(mutex_);
  Backoff status_backoff_ ABSL_GUARDED_BY(mutex_);

  std::thread sender_;
};

}  // namespace

std::unique_ptr<EventLog> MakeAggregatorLog(std::shared_ptr<grpc::Channel> channel,
                                            const AggregatorLogOptions& options,
                                            IngestMetrics& metrics) {
  return std::make_unique<AggregatorLog>(std::move(channel), options, metrics);
}

}  // namespace playhead::ingest
