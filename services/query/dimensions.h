#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/catalog.h"

namespace playhead::query {

// What rows can be grouped or filtered by, besides time: the catalog's dimensions, and three that
// are not of the catalog.
struct Field {
  enum class Kind { kPartner, kEventType, kStored };
  Kind kind = Kind::kStored;
  catalog::Dimension stored{};  // kStored: which

  friend auto operator<=>(const Field&, const Field&) = default;

  bool IsErrorCode() const {
    return kind == Kind::kStored && stored == catalog::Dimension::kErrorCode;
  }
  bool IsTraffic() const { return kind == Kind::kStored && stored == catalog::Dimension::kTraffic; }
  // Values are whole numbers in SQL, else texts.
  bool IsNumber() const { return kind != Kind::kStored; }
};

// By name or alias; nullopt: no such dimension (or a time dimension).
std::optional<Field> FindField(std::string_view name);

// Whether this is a dimension or metric that a later version will serve, so that NOT_SERVED says
// more than the closest name that is.
bool IsNotServedYet(std::string_view name);

// The API's name; also the column's in the sources of a report's SQL.
std::string_view FieldName(const Field& field);

// Names of all fields, time dimensions left out.
std::vector<std::string> FieldNames();

// An event type by its number or Kaltura's name; nullopt: neither.
std::optional<int> ParseEventType(std::string_view text);

// Kaltura's name of an event type, else its number.
std::string ShowEventType(int event_type);

}  // namespace playhead::query
