#include "services/aggregator/log/segment_log_writer.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "services/aggregator/log/segment_group.h"

namespace playhead::aggregator {
namespace {

// Two failures of the device within this time end the process.
constexpr absl::Duration kFailureWindow = absl::Seconds(60);

}  // namespace

SegmentLogWriter::SegmentLogWriter(SegmentLogOptions options, Files& files, Clock clock,
                                   SegmentLogView& view, const RecoveredLog& recovered)
    : options_(std::move(options)),
      files_(files),
      clock_(std::move(clock)),
      view_(view),
      uuid_(recovered.meta.uuid),
      last_number_(recovered.last_number) {
  counters_.torn_bytes = recovered.torn_bytes;
  if (!recovered.can_resume) return;
  const Segment& last = recovered.segments.back();
  auto writer =
      SegmentWriter::Resume(files_, SegmentPath(options_.directory, last.number), last.end);
  if (writer.ok()) writer_ = *std::move(writer);  // else a new segment follows
}

absl::Status SegmentLogWriter::Commit(const std::vector<AppendRequest>& group) {
  if (absl::IsDataLoss(Health())) return absl::UnavailableError("the log's device has failed");
  const absl::Status committed = WriteGroup(group);
  if (committed.ok()) {
    SetHealth(absl::OkStatus());
    return committed;
  }
  if (absl::IsResourceExhausted(committed)) {
    const absl::Status full = absl::UnavailableError(absl::StrCat(
        "the log is out of space: ", std::string(committed.message()), "; send again later"));
    SetHealth(full);
    return full;
  }
  return Failed(committed);
}

absl::Status SegmentLogWriter::WriteGroup(const std::vector<AppendRequest>& group) {
  RETURN_IF_ERROR(CheckSpace());
  const int partitions = static_cast<int>(view_.NextOffsets().size());
  RETURN_IF_ERROR(EnsureSegment(GroupBytes(group, partitions)));
  Segment segment = *view_.Last();
  const std::string frames = EncodeGroup(group, view_.BeginGroup(), segment);
  const absl::Status written = TimedWrite(frames);
  if (!written.ok()) {
    view_.AbandonGroup();
    return written;
  }
  segment.end = writer_->end();
  view_.Publish(segment);
  is_marked_ = group.empty();
  std::int64_t batches = 0;
  for (const AppendRequest& request : group) {
    batches += static_cast<std::int64_t>(request.batches.size());
  }
  const absl::MutexLock lock(&mutex_);
  counters_.appended_batches += batches;
  counters_.appended_bytes += static_cast<std::int64_t>(frames.size());
  ++counters_.groups;
  return absl::OkStatus();
}

absl::Status SegmentLogWriter::CheckSpace() const {
  const auto free_bytes = files_.FreeBytes(options_.directory);
  // Not known: the write will tell.
  if (!free_bytes.ok() || *free_bytes >= options_.min_free_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(*free_bytes, " bytes are free, fewer than ", options_.min_free_bytes));
}

absl::Status SegmentLogWriter::EnsureSegment(std::size_t group_bytes) {
  if (writer_ != nullptr && writer_->end() > kSegmentHeaderBytes &&
      writer_->end() + group_bytes > options_.segment_bytes) {
    RETURN_IF_ERROR(Seal());
  }
  return writer_ != nullptr ? absl::OkStatus() : Begin();
}

absl::Status SegmentLogWriter::Seal() {
  Segment segment = *view_.Last();
  const std::string spans = EncodeSeal(segment.spans);
  std::string seal;
  AppendFrame({.type = FrameType::kSeal, .append_time_ms = segment.last_ms, .payload = spans},
              {.salt = segment.salt, .position = segment.end}, seal);
  RETURN_IF_ERROR(TimedWrite(seal));
  segment.end = writer_->end();
  view_.Publish(segment);
  writer_.reset();
  is_marked_ = true;
  return absl::OkStatus();
}

absl::Status SegmentLogWriter::Begin() {
  const std::optional<Segment> last = view_.Last();
  SegmentHeader header{.uuid = uuid_,
                       .number = ++last_number_,
                       .salt = std::uint64_t{random_()} << 32 | random_(),
                       .base = view_.NextOffsets()};
  if (last) {
    header.start_ms = last->last_ms;
    header.previous = last->number;
    header.previous_end = last->end;
  }
  ASSIGN_OR_RETURN(writer_, SegmentWriter::Create(files_, options_.directory, header));
  view_.Publish(EmptySegment(header));
  return absl::OkStatus();
}

absl::Status SegmentLogWriter::TimedWrite(const std::string& frames) {
  const auto start = std::chrono::steady_clock::now();
  absl::Status written = writer_->Write(frames);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const bool is_poisoned = writer_->is_poisoned();
  if (is_poisoned) writer_.reset();
  const absl::MutexLock lock(&mutex_);
  counters_.sync_seconds += took.count();
  if (is_poisoned) ++counters_.poisoned_segments;
  return written;
}

absl::Status SegmentLogWriter::Failed(const absl::Status& failure) {
  const absl::Time now = clock_();
  const bool is_second = last_failure_ && now - *last_failure_ < kFailureWindow;
  last_failure_ = now;
  const absl::Status unavailable = absl::UnavailableError(
      absl::StrCat("the log could not be written: ", std::string(failure.message())));
  SetHealth(is_second ? absl::DataLossError(failure.message()) : unavailable);
  return unavailable;
}

void SegmentLogWriter::MarkDurable() {
  if (is_marked_ || writer_ == nullptr || !Health().ok()) return;
  Commit({}).IgnoreError();  // Health tells
}

void SegmentLogWriter::Retire() {
  const std::vector<std::uint64_t> numbers = view_.Retire(options_.retention);
  if (numbers.empty()) return;
  // A file that stays is found again at the next start, and retired again.
  for (const std::uint64_t number : numbers) {
    files_.Unlink(SegmentPath(options_.directory, number)).IgnoreError();
  }
  files_.SyncDirectory(options_.directory).IgnoreError();
}

absl::Status SegmentLogWriter::Health() const {
  const absl::MutexLock lock(&mutex_);
  return health_;
}

void SegmentLogWriter::SetHealth(absl::Status health) {
  const absl::MutexLock lock(&mutex_);
  health_ = std::move(health);
}

SegmentLogCounters SegmentLogWriter::Counters() const {
  const std::vector<Segment> segments = view_.Segments();
  const absl::MutexLock lock(&mutex_);
  SegmentLogCounters counters = counters_;
  counters.gaps = view_.gaps();
  counters.segments = static_cast<std::int64_t>(segments.size());
  counters.oldest_append_ms = segments.empty() ? 0 : segments.front().last_ms;
  return counters;
}

}  // namespace playhead::aggregator
