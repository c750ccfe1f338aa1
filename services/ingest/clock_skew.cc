#include "services/ingest/clock_skew.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace playhead::ingest {

ClockCorrection CorrectClock(std::optional<absl::Time> sent, absl::Time received) {
  if (!sent.has_value()) return {};
  const absl::Duration skew = received - *sent;
  const absl::Duration size = absl::AbsDuration(skew);
  if (size <= kIgnoredSkew) return {};
  if (size <= kMaxSkew) return {.shift = skew, .rejection = std::nullopt};
  return {.shift = absl::ZeroDuration(),
          .rejection = Rejection{
              v1::REJECTION_REASON_CLOCK_SKEW, "sent_time",
              absl::StrCat("sent_time is more than ", absl::FormatDuration(kMaxSkew),
                           " away from when it was received; set the sender's clock, or leave "
                           "sent_time out")}};
}

void ShiftOccurTime(absl::Duration shift, v1::PlayerEvent& event) {
  if (!event.has_occur_time() || shift == absl::ZeroDuration()) return;
  const absl::Time shifted = FromTimestamp(event.occur_time()) + shift;
  const std::int64_t seconds = absl::ToUnixSeconds(shifted);
  const std::int64_t nanos = absl::ToInt64Nanoseconds(shifted - absl::FromUnixSeconds(seconds));
  event.mutable_occur_time()->set_seconds(seconds);
  event.mutable_occur_time()->set_nanos(
      static_cast<std::int32_t>(std::clamp<std::int64_t>(nanos, 0, 999'999'999)));
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace playhead::ingest
