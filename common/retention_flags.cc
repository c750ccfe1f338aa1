#include "absl/flags/flag.h"
#include "common/config.h"
#include "common/retention.h"
#include "common/status_macros.h"

ABSL_FLAG(int, ten_seconds_retention_days, 7,
          "how long viewers by ten seconds are kept, 1 to 36500");
ABSL_FLAG(int, facts_retention_days, 8, "how long the finest rows are kept, 1 to 36500");
ABSL_FLAG(int, minute_retention_days, 14, "how long rows of minutes are kept, 1 to 36500");
ABSL_FLAG(int, quarter_hour_retention_days, 400,
          "how long rows of quarter hours are kept, 1 to 36500; at least as long as minutes");
ABSL_FLAG(int, day_retention_days, 1825,
          "how long rows of days are kept, 1 to 36500; at least as long as quarter hours");
ABSL_FLAG(int, ledger_retention_days, 35, "how long the ledger is kept, 1 to 36500");

namespace playhead {
namespace {

constexpr int kMaxDays = 36'500;

absl::Duration Days(const absl::Flag<int>& flag) { return absl::Hours(24 * absl::GetFlag(flag)); }

}  // namespace

absl::Status CheckRetentionFlags() {
  RETURN_IF_ERROR(CheckRange(FLAGS_ten_seconds_retention_days, 1, kMaxDays));
  RETURN_IF_ERROR(CheckRange(FLAGS_facts_retention_days, 1, kMaxDays));
  RETURN_IF_ERROR(CheckRange(FLAGS_minute_retention_days, 1, kMaxDays));
  RETURN_IF_ERROR(CheckRange(FLAGS_quarter_hour_retention_days, 1, kMaxDays));
  RETURN_IF_ERROR(CheckRange(FLAGS_day_retention_days, 1, kMaxDays));
  RETURN_IF_ERROR(CheckRange(FLAGS_ledger_retention_days, 1, kMaxDays));
  const int quarter_hour = absl::GetFlag(FLAGS_quarter_hour_retention_days);
  if (quarter_hour < absl::GetFlag(FLAGS_minute_retention_days)) {
    return OutOfRange(absl::GetFlagReflectionHandle(FLAGS_quarter_hour_retention_days));
  }
  if (absl::GetFlag(FLAGS_day_retention_days) < quarter_hour) {
    return OutOfRange(absl::GetFlagReflectionHandle(FLAGS_day_retention_days));
  }
  return absl::OkStatus();
}

Retention RetentionFromFlags() {
  return {.ten_seconds = Days(FLAGS_ten_seconds_retention_days),
          .facts = Days(FLAGS_facts_retention_days),
          .minute = Days(FLAGS_minute_retention_days),
          .quarter_hour = Days(FLAGS_quarter_hour_retention_days),
          .day = Days(FLAGS_day_retention_days),
          .ledger = Days(FLAGS_ledger_retention_days)};
}

}  // namespace playhead
