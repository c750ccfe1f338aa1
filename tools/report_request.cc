#include "tools/report_request.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status_macros.h"
#include "common/strings.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOptions[] = {{"partner"},      {"all-partners", false},
                                   {"metrics"},      {"dimensions"},
                                   {"range"},        {"from"},
                                   {"to"},           {"from-date"},
                                   {"to-date"},      {"time-zone"},
                                   {"filter"},       {"order-by"},
                                   {"totals", false}};
constexpr char kDefaultRange[] = "7d";

absl::Status SetPartner(const Arguments& arguments, v1::RunReportRequest& request) {
  if (arguments.Has("partner") == arguments.Has("all-partners")) {
    return absl::InvalidArgumentError("give either --partner NUMBER or --all-partners");
  }
  request.set_all_partners(arguments.Has("all-partners"));
  if (request.all_partners()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::int64_t partner,
                   arguments.GetInteger("partner", 0, 1, std::numeric_limits<std::int32_t>::max()));
  request.set_partner_id(static_cast<std::int32_t>(partner));
  return absl::OkStatus();
}

absl::Status SetInstant(const Arguments& arguments, const char* option,
                        google::protobuf::Timestamp& timestamp) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, arguments.Get(option), &time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", option, " ", arguments.Get(option),
                     " is not an instant such as 2026-11-22T18:00:00Z"));
  }
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<std::int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
  return absl::OkStatus();
}

absl::Status SetRange(const Arguments& arguments, v1::TimeRange& range) {
  const bool has_instants = arguments.Has("from") || arguments.Has("to");
  const bool has_dates = arguments.Has("from-date") || arguments.Has("to-date");
  if (int{has_instants} + int{has_dates} + int{arguments.Has("range")} > 1) {
    return absl::InvalidArgumentError(
        "give one of --range, --from with --to, --from-date with --to-date");
  }
  if (has_instants) {
    if (!arguments.Has("from") || !arguments.Has("to")) {
      return absl::InvalidArgumentError("--from and --to go together");
    }
    RETURN_IF_ERROR(SetInstant(arguments, "from", *range.mutable_start_time()));
    return SetInstant(arguments, "to", *range.mutable_end_time());
  }
  if (has_dates) {
    if (!arguments.Has("from-date") || !arguments.Has("to-date")) {
      return absl::InvalidArgumentError("--from-date and --to-date go together");
    }
    range.set_start_date(arguments.Get("from-date"));
    range.set_end_date(arguments.Get("to-date"));
    return absl::OkStatus();
  }
  range.set_relative(arguments.Get("range", kDefaultRange));
  return absl::OkStatus();
}

}  // namespace

std::span<const OptionSpec> ReportOptions() { return kOptions; }

absl::StatusOr<v1::RunReportRequest> MakeReportRequest(const Arguments& arguments) {
  v1::RunReportRequest request;
  RETURN_IF_ERROR(SetPartner(arguments, request));
  for (const std::string& name : SplitList(arguments.Get("metrics"))) request.add_metrics(name);
  if (request.metrics().empty()) {
    return absl::InvalidArgumentError("--metrics needs a name, such as --metrics plays,play_time");
  }
  for (const std::string& name : SplitList(arguments.Get("dimensions"))) {
    request.add_dimensions(name);
  }
  RETURN_IF_ERROR(SetRange(arguments, *request.mutable_time_range()));
  request.set_time_zone(arguments.Get("time-zone"));
  request.set_filter_string(arguments.Get("filter"));
  request.set_order_by(arguments.Get("order-by"));
  request.set_totals(arguments.Has("totals"));
  return request;
}

}  // namespace playhead::tools
