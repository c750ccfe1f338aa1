#include "services/ingest/rejection.h"

namespace playhead::ingest {

Rejection NotUtf8(std::string_view field) {
  return {v1::REJECTION_REASON_INVALID_UTF8, std::string(field),
          std::string(field) + " is not UTF-8; encode it as UTF-8"};
}

std::string_view ReasonName(v1::RejectionReason reason) {
  switch (reason) {
    case v1::REJECTION_REASON_MALFORMED:
      return "malformed";
    case v1::REJECTION_REASON_INVALID_UTF8:
      return "invalid_utf8";
    case v1::REJECTION_REASON_NUL_BYTE:
      return "nul_byte";
    case v1::REJECTION_REASON_TOO_LARGE:
      return "too_large";
    case v1::REJECTION_REASON_TOO_MANY_PARAMETERS:
      return "too_many_parameters";
    case v1::REJECTION_REASON_MISSING_EVENT_TYPE:
      return "missing_event_type";
    case v1::REJECTION_REASON_BAD_PARTNER:
      return "bad_partner";
    case v1::REJECTION_REASON_MISSING_ENTRY:
      return "missing_entry";
    case v1::REJECTION_REASON_UNKNOWN_PARTNER:
      return "unknown_partner";
    case v1::REJECTION_REASON_TOO_LATE:
      return "too_late";
    case v1::REJECTION_REASON_CLOCK_SKEW:
      return "clock_skew";
    default:
      return "";
  }
}

}  // namespace playhead::ingest
