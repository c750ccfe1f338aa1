#include "services/query/sql_writer.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/strings.h"

namespace playhead::query {
namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E*S+00", time, absl::UTCTimeZone());
}

// An element of an array literal.
void AppendQuoted(std::string* out, const std::string& value) {
  out->push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('"');
}

}  // namespace

std::string SqlParameters::Value(SqlValue value, std::string_view type) {
  values_.push_back(std::move(value));
  return absl::StrCat("$", values_.size(), "::", ToAbsl(type));
}

std::string SqlParameters::Number(std::int64_t value) {
  return Value(absl::StrCat(value), "bigint");
}

std::string SqlParameters::Time(absl::Time value) { return Value(TimeText(value), "timestamptz"); }

std::string SqlParameters::Numbers(const std::vector<std::int64_t>& values) {
  return Value(absl::StrCat("{", absl::StrJoin(values, ","), "}"), "bigint[]");
}

std::string SqlParameters::Times(const std::vector<absl::Time>& values) {
  return Value(absl::StrCat("{",
                            absl::StrJoin(values, ",",
                                          [](std::string* out, absl::Time time) {
                                            AppendQuoted(out, TimeText(time));
                                          }),
                            "}"),
               "timestamptz[]");
}

std::string SqlParameters::Texts(const std::vector<std::string>& values) {
  return Value(absl::StrCat("{", absl::StrJoin(values, ",", AppendQuoted), "}"), "text[]");
}

std::string SqlParameters::Bytes(const std::vector<std::string>& values) {
  return Value(absl::StrCat("{",
                            absl::StrJoin(values, ",",
                                          [](std::string* out, const std::string& bytes) {
                                            AppendQuoted(
                                                out,
                                                absl::StrCat("\\x", absl::BytesToHexString(bytes)));
                                          }),
                            "}"),
               "bytea[]");
}

}  // namespace playhead::query
