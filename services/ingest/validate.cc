#include "services/ingest/validate.h"

#include "absl/strings/str_cat.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/ingest/clock_skew.h"

namespace playhead::ingest {
namespace {

std::optional<Rejection> CheckTexts(const v1::PlayerEvent& event) {
  for (const TextField& field : TextFields()) {
    const std::string& value = (event.*field.value)();
    if (value.find('\0') != std::string::npos) {
      return Rejection{v1::REJECTION_REASON_NUL_BYTE, std::string(field.name),
                       absl::StrCat(ToAbsl(field.name), " has a NUL character; leave it out")};
    }
    if (!IsValidUtf8(value)) return NotUtf8(field.name);
  }
  return std::nullopt;
}

std::optional<Rejection> CheckRequired(const v1::PlayerEvent& event) {
  if (event.event_type() <= 0) {
    return Rejection{v1::REJECTION_REASON_MISSING_EVENT_TYPE, "event_type",
                     "event_type is not a number above 0; 3 is PLAY, 99 is VIEW"};
  }
  if (event.partner_id() <= 0) {
    return Rejection{v1::REJECTION_REASON_BAD_PARTNER, "partner_id",
                     "partner_id is not a number above 0; give the account's id"};
  }
  if (event.event_type() < kFirstApplicationEventType && event.entry_id().empty()) {
    return Rejection{v1::REJECTION_REASON_MISSING_ENTRY, "entry_id",
                     "entry_id is empty; only application events (event_type 10000 and above) may "
                     "have none"};
  }
  return std::nullopt;
}

std::optional<Rejection> CheckTime(const v1::PlayerEvent& event, absl::Time receive_time,
                                   const TimeLimits& limits) {
  const absl::Duration age = receive_time - EventTime(event, receive_time);
  if (age > limits.max_event_age) {
    return Rejection{
        v1::REJECTION_REASON_TOO_LATE, "occur_time",
        absl::StrCat("occur_time is more than ", absl::FormatDuration(limits.max_event_age),
                     " before it was received; send events sooner")};
  }
  if (-age > limits.max_clock_ahead) {
    return Rejection{
        v1::REJECTION_REASON_CLOCK_SKEW, "occur_time",
        absl::StrCat("occur_time is more than ", absl::FormatDuration(limits.max_clock_ahead),
                     " after it was received; set the sender's clock, or leave it out")};
  }
  return std::nullopt;
}

}  // namespace

absl::Time EventTime(const v1::PlayerEvent& event, absl::Time receive_time) {
  if (!event.has_occur_time()) return receive_time;
  return FromTimestamp(event.occur_time());
}

std::optional<Rejection> Validate(v1::PlayerEvent& event, absl::Time receive_time,
                                  const TimeLimits& limits, FieldNotes& notes) {
  std::optional<Rejection> rejection = CheckTexts(event);
  if (!rejection.has_value()) rejection = CheckRequired(event);
  if (!rejection.has_value()) rejection = CheckTime(event, receive_time, limits);
  if (!rejection.has_value()) LimitFields(event, notes);
  return rejection;
}

}  // namespace playhead::ingest
