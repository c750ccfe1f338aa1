#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/query/rollup_reader.h"

namespace playhead::query {

// Collects the parameters of a statement. Each method returns the placeholder, with its cast.
class SqlParameters {
 public:
  std::string Number(std::int64_t value);
  std::string Time(absl::Time value);
  // Of any type, NULL included.
  std::string Value(SqlValue value, std::string_view type);
  std::string Numbers(const std::vector<std::int64_t>& values);
  std::string Times(const std::vector<absl::Time>& values);
  std::string Texts(const std::vector<std::string>& values);
  std::string Bytes(const std::vector<std::string>& values);

  std::vector<SqlValue> Take() { return std::move(values_); }

 private:
  std::vector<SqlValue> values_;
};

}  // namespace playhead::query
