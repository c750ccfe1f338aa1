#include "tools/status_text.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/display.h"

namespace playhead::tools {
namespace {

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string Instant(bool is_set, const google::protobuf::Timestamp& timestamp, absl::Time now) {
  if (!is_set) return "none yet";
  const absl::Time time = ToTime(timestamp);
  const absl::Duration age = absl::Trunc(now - time, absl::Milliseconds(100));
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()),
                      age > absl::ZeroDuration()
                          ? absl::StrCat(" (", absl::FormatDuration(age), " ago)")
                          : " (now)");
}

std::string PartitionLines(const v1::GetDataStatusResponse& status) {
  std::int64_t lag = 0;
  std::map<std::string, int> states;
  std::string details;
  for (const v1::PartitionDataStatus& partition : status.partitions()) {
    lag += std::max<std::int64_t>(partition.lag_batches(), 0);
    ++states[partition.state()];
    if (!partition.detail().empty()) {
      absl::StrAppend(&details, "partition ", partition.partition(), ": ",
                      Printable(partition.detail()), "\n");
    }
  }
  std::string text = absl::StrCat("partitions      ", status.partitions_size());
  for (const auto& [state, count] : states) absl::StrAppend(&text, ", ", count, " ", state);
  return absl::StrCat(text, "\nlag             ", lag, " batches\n", details);
}

std::string LedgerLines(const v1::GetDataStatusResponse& status, absl::Time now) {
  const v1::LedgerCounts& total = status.ledger_total();
  std::string text = absl::StrCat("events          ", Grouped(total.received()),
                                  " received = ", Grouped(total.accepted()), " accepted + ",
                                  Grouped(total.duplicate()), " duplicate");
  std::map<std::string, std::int64_t> rejected(total.rejected().begin(), total.rejected().end());
  for (const auto& [reason, count] : rejected) {
    absl::StrAppend(&text, " + ", Grouped(count), " ", reason);
  }
  if (!status.has_ledger_start_time()) return text + "\n";
  return absl::StrCat(text, "\nstored since    ", Instant(true, status.ledger_start_time(), now),
                      "\n");
}

std::string TierLine(const v1::TierStatus& tier) {
  return absl::StrCat(absl::StrFormat("%-15s ", tier.grain()), Grouped(tier.epoch_count()),
                      tier.epoch_count() == 1 ? " epoch, " : " epochs, ",
                      Grouped(tier.unfolded_epoch_count()), " not yet folded\n");
}

}  // namespace

std::string StatusText(const v1::GetDataStatusResponse& status, absl::Time now) {
  std::string text = absl::StrCat(
      "data through    ", Instant(status.has_data_through(), status.data_through(), now),
      "\nstored through  ", Instant(status.has_stored_through(), status.stored_through(), now),
      "\naggregator      ", status.aggregator_reachable() ? "reachable" : "not reachable", "\n",
      PartitionLines(status), LedgerLines(status, now));
  if (status.rejected_batch_count() > 0) {
    absl::StrAppend(&text, "rejected        ", status.rejected_batch_count(), " batches\n");
  }
  for (const v1::TierStatus& tier : status.tiers()) {
    absl::StrAppend(&text, TierLine(tier));
  }
  return text;
}

bool IsDataFlowing(const v1::GetDataStatusResponse& status) {
  return status.aggregator_reachable() &&
         std::ranges::none_of(status.partitions(),
                              [](const auto& partition) { return partition.state() == "STOPPED"; });
}

}  // namespace playhead::tools
