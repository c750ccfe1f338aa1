#include "services/query/retention.h"

#include "absl/strings/str_cat.h"
#include "common/catalog.h"
#include "common/grpc_status.h"
#include "services/query/buckets.h"

namespace playhead::query {

std::string_view TierName(Tier tier) {
  switch (tier) {
    case Tier::kTenSeconds:
      return GranularityName(Granularity::kTenSeconds);
    case Tier::kFacts:
      return "facts";
    case Tier::kMinute:
      return catalog::GrainName(catalog::Grain::kMinute);
    case Tier::kQuarterHour:
      return catalog::GrainName(catalog::Grain::kQuarterHour);
    case Tier::kDay:
      return catalog::GrainName(catalog::Grain::kDay);
  }
  return "";
}

absl::Duration KeptFor(Tier tier, const Retention& retention) {
  switch (tier) {
    case Tier::kTenSeconds:
      return retention.ten_seconds;
    case Tier::kFacts:
      return retention.facts;
    case Tier::kMinute:
      return retention.minute;
    case Tier::kQuarterHour:
      return retention.quarter_hour;
    case Tier::kDay:
      return retention.day;
  }
  return {};
}

absl::Time KeptFrom(Tier tier, const Retention& retention, absl::Time now) {
  return CeilQuarter(now - KeptFor(tier, retention));
}

absl::Status NotRetained(const LackingRows& lacking) {
  const std::string tier(TierName(lacking.tier));
  const std::string requested(lacking.requested.empty() ? tier : lacking.requested);
  // Finer rows of the beginning of a quarter hour may be gone.
  const std::string from = ShowUtc(CeilQuarter(lacking.kept_from));
  return WithDetails(absl::OutOfRangeError(absl::StrCat(
                         "time_range: ", lacking.requested.empty() ? "this report" : requested,
                         " needs ", tier, " rows from ", ShowUtc(lacking.needed_from),
                         " on, and they are kept from ", from, " on; ", lacking.instead)),
                     {.reason = "GRAIN_NOT_RETAINED",
                      .metadata = {{"requested", requested},
                                   {"finestAvailable", lacking.finest_available},
                                   {"from", from}},
                      .field = "time_range",
                      .retry_after = std::nullopt});
}

std::string ShowUtc(absl::Time time) { return ShowTime(time, absl::UTCTimeZone()); }

}  // namespace playhead::query
