#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/event.h"
#include "playhead/v1/event_tracking.pb.h"

namespace playhead::ingest {

inline constexpr std::size_t kMaxParameters = 256;

// How a value was written. The number 1 and the text "1" mean the same to a field, but are other
// content.
enum class ValueKind : char { kText = 't', kNumber = 'n', kBool = 'b', kNull = '0' };

// One parameter of a beacon, decoded; the text of a number is as it was sent.
struct Parameter {
  std::string name;
  std::string value;
  ValueKind kind = ValueKind::kText;

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

using Parameters = std::vector<Parameter>;

// What could be read, and why reading ended early; UNSPECIFIED: it did not.
struct ParametersRead {
  Parameters parameters;
  v1::RejectionReason reason = v1::REJECTION_REASON_UNSPECIFIED;
};

// Sorted by name, one per name: the last of `first` followed by `second`.
Parameters MergeParameters(Parameters first, Parameters second);

// Null: there is none. `merged` is what MergeParameters returned.
const Parameter* FindParameter(const Parameters& merged, std::string_view name);

// XXH3-128 over names, kinds and values of what MergeParameters returned.
Id128 HashParameters(const Parameters& merged);

}  // namespace playhead::ingest
