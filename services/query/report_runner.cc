#include "services/query/report_runner.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "google/rpc/error_details.pb.h"
#include "services/query/errors.h"
#include "services/query/page_token.h"
#include "services/query/report.h"
#include "services/query/sql.h"

namespace playhead::query {
namespace {

// A tail that does not join its snapshot, or a zone that changed meanwhile, is read again this
// often.
constexpr int kTries = 3;

v1::Warning TailOmitted(const std::string& why) {
  v1::Warning warning;
  warning.set_code(v1::Warning::TAIL_OMITTED);
  warning.set_message(
      absl::StrCat("events of the last minutes, which are not stored yet, are missing: ", why));
  warning.set_suggestion("ask again in a few seconds; data_through says what is in the answer");
  return warning;
}

// Without what the aggregator says of itself and its address.
std::string WhyWithoutTail(const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) return "they are more than 2 MiB";
  if (absl::IsDeadlineExceeded(status)) return "the aggregator did not answer in time";
  return "the aggregator cannot be reached, or is starting";
}

v1::Warning SnapshotMoved() {
  v1::Warning warning;
  warning.set_code(v1::Warning::SNAPSHOT_MOVED);
  warning.set_field("page_token");
  warning.set_message("data moved since the page before; this page is of the data as it is now");
  warning.set_suggestion("order by dimensions, so that no row repeats or is skipped");
  return warning;
}

// What CheckReport says of an error that the request caused; nullopt: it did not.
std::optional<v1::FieldError> ErrorOfRequest(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
      break;
    default:
      return std::nullopt;
  }
  v1::FieldError error;
  error.set_code(absl::StatusCodeToString(status.code()));
  error.set_message(std::string(ToStd(status.message())));
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.ErrorInfo");
  if (payload.has_value() && info.ParseFromString(std::string(*payload))) {
    error.set_reason(info.reason());
    *error.mutable_metadata() = info.metadata();
  }
  google::rpc::BadRequest bad_request;
  const auto fields = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (fields.has_value() && bad_request.ParseFromString(std::string(*fields)) &&
      bad_request.field_violations_size() > 0) {
    error.set_field(bad_request.field_violations(0).field());
  }
  return error;
}

std::int64_t ThroughMs(absl::Time through) {
  return through == absl::InfinitePast() ? std::numeric_limits<std::int64_t>::min()
                                         : absl::ToUnixMillis(through);
}

}  // namespace

struct ReportRunner::Prepared {
  PartnerState partner;
  ReportQuery query;
  Plan plan;
  v1::ReadTailRequest tail_request;
  std::optional<PageToken> page;
};

struct ReportRunner::Source {
  v1::ReadTailResponse tail;
  TailSelection selection;
  std::unique_ptr<Snapshot> snapshot;
  std::vector<v1::Warning> warnings;
  // Read it all again: the tail does not join the snapshot.
  bool must_retry = false;
};

ReportRunner::ReportRunner(RollupReader& reader, TailReader& tail, ReportRunnerOptions options,
                           Clock clock)
    : reader_(reader),
      tail_(tail),
      options_(std::move(options)),
      clock_(std::move(clock)),
      latest_through_ms_(std::numeric_limits<std::int64_t>::min()) {}

absl::StatusOr<ReportRunner::Prepared> ReportRunner::Prepare(const v1::RunReportRequest& request,
                                                             absl::Time deadline) const {
  QueryContext context{
      .now = clock_(), .default_zone = "UTC", .allow_all_partners = options_.allow_all_partners};
  Prepared prepared;
  // Once in UTC, so that a bad request is one even while the store is away.
  ASSIGN_OR_RETURN(prepared.query, ParseRequest(request, context));
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(prepared.page, OpenToken(request, options_.token_key));
  }
  ASSIGN_OR_RETURN(prepared.partner, reader_.ReadPartner(prepared.query.partner, deadline));
  context.default_zone = prepared.partner.time_zone;
  ASSIGN_OR_RETURN(prepared.query, ParseRequest(request, context));
  if (prepared.page.has_value()) {
    prepared.query.range = prepared.page->range;
    prepared.query.now = prepared.page->now;
    if (prepared.page->after.size() !=
        prepared.query.dimensions.size() + prepared.query.metrics.size()) {
      prepared.page->after.resize(prepared.query.dimensions.size() + prepared.query.metrics.size());
    }
  }
  PlanContext plan_context{.now = context.now,
                           .partner_zone = {},
                           .retention = options_.retention,
                           .row_counts = {},
                           .complete_after = prepared.partner.complete_after};
  ASSIGN_OR_RETURN(plan_context.partner_zone, FindTimeZone(prepared.partner.time_zone));
  ASSIGN_OR_RETURN(prepared.plan, MakePlan(prepared.query, plan_context));
  prepared.tail_request = TailRequest(prepared.query, prepared.plan);
  return prepared;
}

absl::StatusOr<ReportRunner::Source> ReportRunner::ReadSource(const Prepared& prepared,
                                                              bool last_try, absl::Time deadline) {
  Source source;
  std::vector<const v1::TailSegment*> segments;
  // The tail first: what it lacks because it was committed meanwhile is in the snapshot.
  auto tail = tail_.ReadTail(prepared.tail_request,
                             std::min(deadline, absl::Now() + options_.tail_timeout));
  if (tail.ok()) {
    source.tail = *std::move(tail);
    const auto checked = CheckSegments(prepared.tail_request, source.tail);
    if (checked.ok()) segments = *checked;
    if (!checked.ok()) {
      source.warnings.push_back(TailOmitted(std::string(ToStd(checked.status().message()))));
    }
  } else {
    source.warnings.push_back(TailOmitted(WhyWithoutTail(tail.status())));
  }
  ASSIGN_OR_RETURN(source.snapshot,
                   reader_.OpenSnapshot(prepared.query.partner, prepared.query.range, deadline));
  const SnapshotState& state = source.snapshot->State();
  source.selection = SelectTail(segments, state.offsets);
  source.must_retry = !last_try && !source.selection.mismatched_writers.empty();
  for (const int writer : source.selection.mismatched_writers) {
    source.warnings.push_back(
        TailOmitted(absl::StrCat("writer ", writer, " does not join what is stored")));
  }
  return source;
}

void ReportRunner::NoteThrough(absl::Time before, Source& source) {
  if (source.selection.through < before && source.warnings.empty()) {
    source.warnings.push_back(TailOmitted("the aggregator is catching up with its log"));
  }
  const std::int64_t through = ThroughMs(source.selection.through);
  std::int64_t latest = latest_through_ms_.load();
  while (latest < through && !latest_through_ms_.compare_exchange_weak(latest, through)) {
  }
}

absl::StatusOr<v1::RunReportResponse> ReportRunner::Run(const v1::RunReportRequest& request,
                                                        absl::Time deadline) {
  const absl::Time started = absl::Now();
  const std::int64_t latest = latest_through_ms_.load();
  const absl::Time before = latest == std::numeric_limits<std::int64_t>::min()
                                ? absl::InfinitePast()
                                : absl::FromUnixMillis(latest);
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const Prepared prepared, Prepare(request, deadline));
    ASSIGN_OR_RETURN(Source source, ReadSource(prepared, attempt == kTries, deadline));
    const PartnerState& now = source.snapshot->State().partner;
    if (source.must_retry) continue;
    if (now.time_zone != prepared.partner.time_zone) {
      if (attempt < kTries) continue;
      return DatabaseUnavailable("postgres: the partner's time zone changes again and again");
    }
    NoteThrough(before, source);
    ASSIGN_OR_RETURN(v1::RunReportResponse response, Compute(request, prepared, source));
    *response.mutable_metadata()->mutable_elapsed() = ToProto(absl::Now() - started);
    return response;
  }
}

absl::StatusOr<v1::RunReportResponse> ReportRunner::Compute(const v1::RunReportRequest& request,
                                                            const Prepared& prepared,
                                                            Source& source) const {
  const ReportQuery& query = prepared.query;
  const SqlInput input{.query = query,
                       .plan = prepared.plan,
                       .state = source.snapshot->State(),
                       .tail_request = prepared.tail_request,
                       .tail = source.selection.segments};
  v1::RunReportResponse response;
  *response.mutable_columns() = Columns(query);
  *response.mutable_metadata() = DescribeReport(query, prepared.plan);
  const Statement statement = ReportStatement(
      input, prepared.page.has_value() ? std::optional(prepared.page->after) : std::nullopt);
  ASSIGN_OR_RETURN(std::vector<SqlRow> rows, source.snapshot->Run(statement));
  const bool has_more = rows.size() > static_cast<std::size_t>(query.page_size);
  if (has_more) rows.resize(static_cast<std::size_t>(query.page_size));
  for (const SqlRow& row : rows) {
    ASSIGN_OR_RETURN(*response.add_rows(), ShowRow(query, prepared.plan, row));
  }
  if (has_more) {
    response.set_next_page_token(SealToken({.fields = FieldHashes(request),
                                            .range = query.range,
                                            .now = query.now,
                                            .watermark = source.selection.watermark,
                                            .after = rows.back()},
                                           options_.token_key));
  }
  if (query.totals) {
    ASSIGN_OR_RETURN(const auto totals, source.snapshot->Run(TotalsStatement(input)));
    if (totals.size() != 1) return absl::InternalError("postgres: totals are not one row");
    ASSIGN_OR_RETURN(*response.mutable_totals(), ShowTotals(query, totals.front()));
  }
  if (query.count_rows) {
    ASSIGN_OR_RETURN(const auto counted, source.snapshot->Run(CountStatement(input)));
    std::int64_t count = 0;
    if (counted.size() != 1 || !absl::SimpleAtoi(counted[0][0].value_or(""), &count)) {
      return absl::InternalError("postgres: a count is not one number");
    }
    response.set_row_count(count);
  }
  if (source.selection.through != absl::InfinitePast()) {
    *response.mutable_metadata()->mutable_data_through() = ToProto(source.selection.through);
  }
  if (query.explain) {
    *response.mutable_metadata()->mutable_plan() = DescribePlan(query, prepared.plan);
    response.mutable_metadata()->mutable_plan()->set_sql(statement.sql);
  }
  const auto& planned = prepared.plan.warnings;
  response.mutable_warnings()->Add(planned.begin(), planned.end());
  response.mutable_warnings()->Add(source.warnings.begin(), source.warnings.end());
  if (prepared.page.has_value() && prepared.page->watermark != source.selection.watermark) {
    *response.add_warnings() = SnapshotMoved();
  }
  return response;
}

absl::StatusOr<v1::CheckReportResponse> ReportRunner::Check(const v1::RunReportRequest& request,
                                                            absl::Time deadline) {
  v1::RunReportRequest first_page = request;
  first_page.clear_page_token();
  v1::CheckReportResponse response;
  const auto prepared = Prepare(first_page, deadline);
  if (!prepared.ok()) {
    const auto error = ErrorOfRequest(prepared.status());
    if (!error.has_value()) return prepared.status();
    *response.mutable_error() = *error;
    return response;
  }
  response.set_valid(true);
  *response.mutable_plan() = DescribePlan(prepared->query, prepared->plan);
  *response.mutable_columns() = Columns(prepared->query);
  *response.mutable_metadata() = DescribeReport(prepared->query, prepared->plan);
  const auto& warnings = prepared->plan.warnings;
  response.mutable_warnings()->Add(warnings.begin(), warnings.end());
  return response;
}

}  // namespace playhead::query
