#include "common/sqlstate.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/strings.h"

namespace playhead::postgres {
namespace {

constexpr std::string_view kPayload = "playhead.sqlstate";

}  // namespace

absl::StatusCode CodeOfSqlState(std::string_view sqlstate) {
  const std::string_view kind = sqlstate.substr(0, 2);
  if (kind == "08" || kind == "53" || kind == "40" || kind == "57" || kind == "58" ||
      sqlstate == "55P03" || sqlstate == "55006" || sqlstate == "25P03" || sqlstate == "25P02") {
    return absl::StatusCode::kUnavailable;
  }
  if (kind == "22" || kind == "23") return absl::StatusCode::kInvalidArgument;
  if (kind == "42" || kind == "28" || kind == "3D" || kind == "3F" || kind == "25" ||
      kind == "55") {
    return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kInternal;
}

absl::Status ServerError(std::string_view sqlstate, std::string_view message) {
  absl::Status status(CodeOfSqlState(sqlstate), absl::StrCat("postgres: ", ToAbsl(message),
                                                             " (SQLSTATE ", ToAbsl(sqlstate), ")"));
  status.SetPayload(ToAbsl(kPayload), absl::Cord(ToAbsl(sqlstate)));
  return status;
}

std::string SqlStateOf(const absl::Status& status) {
  const auto payload = status.GetPayload(ToAbsl(kPayload));
  return payload.has_value() ? std::string(*payload) : "";
}

}  // namespace playhead::postgres
