#include "services/query/errors.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/grpc_status.h"
#include "common/utf8.h"

namespace playhead::query {
namespace {

constexpr std::size_t kMaxCompared = 64;

std::string Folded(std::string_view name) {
  std::string folded;
  for (const char c : name.substr(0, kMaxCompared)) {
    if (c != '_') folded.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  return folded;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

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
  return WithDetails(absl::UnavailableError(absl::StrCat("postgres: ", absl::StrJoin(words, " "))),
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

std::string ClosestName(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string wanted = Folded(name);
  std::string closest;
  std::size_t least = SIZE_MAX;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(wanted, Folded(candidate));
    if (distance < least) {
      least = distance;
      closest = candidate;
    }
  }
  return closest;
}

std::string Shown(std::string_view value) { return std::string(CutUtf8(value, kMaxCompared)); }

}  // namespace playhead::query
