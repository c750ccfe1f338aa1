#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/dimensions.h"

namespace playhead::query {

inline constexpr std::size_t kMaxFilterBytes = 16 << 10;
inline constexpr int kMaxFilterDepth = 32;
inline constexpr int kMaxFilterValues = 1000;

// A condition on the dimensions of an event.
struct Filter {
  enum class Op { kAnd, kOr, kNot, kIn };
  Op op = Op::kIn;
  // kAnd, kOr: at least one; kNot: exactly one.
  std::vector<Filter> children;
  // kIn: equal to one of `values`, which are decimal numbers for a field that is a number; at least
  // one.
  Field field;
  std::vector<std::string> values;

  friend bool operator==(const Filter&, const Filter&) = default;
};

// Reads `filter_string`; its grammar is in reporting.proto. INVALID_ARGUMENT: BAD_FILTER with
// position (bytes from 0), value and example; UNKNOWN_DIMENSION with the closest.
absl::StatusOr<Filter> ParseFilter(std::string_view text);

// Reads the tree form. As ParseFilter; UNIMPLEMENTED (NOT_SERVED) names an operator that is not
// served.
absl::StatusOr<Filter> FilterFromProto(const v1::FilterExpression& expression);

// A leaf, with values checked and normalized to what SQL compares with: `name` may be an alias,
// event types may be names. `position` and `request_field` are for the error.
struct FilterLeaf {
  std::string_view name;
  std::vector<std::string> values;
  int position = 0;
  std::string request_field;
};
absl::StatusOr<Filter> MakeLeaf(const FilterLeaf& leaf);

// BAD_FILTER.
absl::Status BadFilter(const std::string& request_field, const std::string& fault, int position,
                       std::string_view value);

// Text that ParseFilter reads as the same tree (of at most kMaxFilterDepth levels).
std::string FilterText(const Filter& filter);

// Every field that a filter names, ascending, each once.
std::vector<Field> FilterFields(const Filter& filter);

}  // namespace playhead::query
