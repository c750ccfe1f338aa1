#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/catalog.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/buckets.h"
#include "services/query/dimensions.h"
#include "services/query/filter.h"
#include "services/query/time_range.h"

namespace playhead::query {

inline constexpr int kMaxMetrics = 25;
inline constexpr int kMaxDimensions = 8;
inline constexpr int kDefaultPageSize = 1000;
inline constexpr int kMaxPageSize = 50'000;

// One column to order by: an index into the dimensions, then the metrics, of the report.
struct OrderKey {
  int column = 0;
  bool descending = false;

  friend bool operator==(const OrderKey&, const OrderKey&) = default;
};

// A request that was checked: names are resolved, defaults are in, the range is of instants.
struct ReportQuery {
  int partner = 0;  // 0: all partners
  std::vector<const catalog::Metric*> metrics;
  // In the order asked; nullopt: the time dimension, of `granularity`.
  std::vector<std::optional<Field>> dimensions;
  Granularity granularity = Granularity::kAll;
  Range range;
  // When it was asked, with its first page.
  absl::Time now;
  absl::TimeZone zone;
  absl::Weekday week_start = absl::Weekday::monday;
  std::optional<Filter> filter;
  // Values of the traffic column that count; empty: all.
  std::vector<std::string> traffic;
  // Ends with every dimension that the request does not order by itself.
  std::vector<OrderKey> order;
  int page_size = kDefaultPageSize;
  bool totals = false;
  bool count_rows = false;
  bool explain = false;

  // Every field that stored rows must have: grouped and filtered by, and traffic.
  std::set<Field> Fields() const;
  BucketOptions Buckets() const { return {granularity, zone, week_start}; }
};

struct QueryContext {
  absl::Time now;
  // The partner's; used when the request has none.
  std::string default_zone = "UTC";
  bool allow_all_partners = false;
};
// The errors of Reporting.RunReport that need neither plan nor data, each naming its field.
absl::StatusOr<ReportQuery> ParseRequest(const v1::RunReportRequest& request,
                                         const QueryContext& context);

// UNKNOWN_METRIC or UNKNOWN_DIMENSION, with the closest of `candidates`.
absl::Status UnknownName(const std::string& reason, const std::string& field,
                         const std::string& name, const std::vector<std::string>& candidates);

}  // namespace playhead::query
