#include "services/query/errors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/grpc_status.h"
#include "common/sqlstate.h"
#include "common/strings.h"
#include "common/utf8.h"

namespace playhead::query {
namespace {

constexpr std::size_t kMaxShown = 64;

}  // namespace

absl::Status Invalid(std::string reason, std::string field, const std::string& message,
                     ErrorMetadata metadata) {
  return WithDetails(absl::InvalidArgumentError(message), {.reason = std::move(reason),
                                                           .metadata = std::move(metadata),
                                                           .field = std::move(field),
                                                           .retry_after = std::nullopt});
}

absl::Status NotServed(const std::string& field, const std::string& value) {
  ErrorMetadata metadata = {{"field", field}};
  if (!value.empty()) metadata["value"] = value;
  return WithDetails(
      absl::UnimplementedError(absl::StrCat(field, value.empty() ? "" : " = ", value,
                                            " is not served by this version; leave it out")),
      {.reason = "NOT_SERVED",
       .metadata = std::move(metadata),
       .field = field,
       .retry_after = std::nullopt});
}

absl::Status DatabaseUnavailable(const std::string& message) {
  // libpq's messages have lines.
  const auto words = absl::StrSplit(message, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  return WithDetails(absl::UnavailableError(absl::StrJoin(words, " ")),
                     {.reason = "DATABASE_UNAVAILABLE",
                      .metadata = {},
                      .field = "",
                      .retry_after = absl::Seconds(1)});
}

absl::Status DeadlineExceeded(const std::string& stage) {
  const std::string suggestion = "ask for a coarser time dimension or a narrower time_range";
  return WithDetails(
      absl::DeadlineExceededError(absl::StrCat("no time was left in ", stage, "; ", suggestion)),
      {.reason = "DEADLINE",
       .metadata = {{"stage", stage}, {"suggestion", suggestion}},
       .field = "",
       .retry_after = std::nullopt});
}

absl::Status OfPostgres(const absl::Status& status) {
  const bool is_statement_timeout = postgres::SqlStateOf(status) == "57014";
  if (absl::IsDeadlineExceeded(status) || is_statement_timeout) {
    return DeadlineExceeded("the database");
  }
  const std::string message(ToStd(status.message()));
  return absl::IsUnavailable(status) ? DatabaseUnavailable(message) : absl::InternalError(message);
}

std::string Shown(std::string_view value) { return std::string(CutUtf8(value, kMaxShown)); }

}  // namespace playhead::query
