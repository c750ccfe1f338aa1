#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "playhead/v1/player_event.pb.h"
#include "services/ingest/parameters.h"

// The optional fields of PlayerEvent: their names as parameters of a beacon, limits and ranges.
namespace playhead::ingest {

// Names of fields (of PlayerEvent) whose values were not taken as sent.
struct FieldNotes {
  std::vector<std::string_view> soft;  // treated as absent: not a number, or out of range
  std::vector<std::string_view> cut;   // longer than the limit
};

struct TextField {
  std::string_view name;
  // Names of parameters separated by spaces; the first wins over the others.
  std::string_view parameters;
  std::string* (v1::PlayerEvent::*mutable_value)();
  const std::string& (v1::PlayerEvent::*value)() const;
  // 0: not cut here.
  std::size_t max_bytes = 256;
};

template <typename T>
struct NumberField {
  std::string_view name;
  std::string_view parameters;
  bool (v1::PlayerEvent::*has)() const;
  T (v1::PlayerEvent::*value)() const;
  void (v1::PlayerEvent::*set)(T);
  void (v1::PlayerEvent::*clear)();
  // Inclusive.
  T least;
  T greatest;
};

std::span<const TextField> TextFields();
std::span<const NumberField<double>> DoubleFields();
std::span<const NumberField<std::int32_t>> Int32Fields();
std::span<const NumberField<std::int64_t>> Int64Fields();

// Sets the field that `parameter` names; parameters that name none have no effect. An empty value
// is absent.
void SetField(const Parameter& parameter, v1::PlayerEvent& event, FieldNotes& notes);

// A whole number of 1 to 2^31-1, also when written as `7.0`; 0: anything else.
std::int32_t PositiveNumber(std::string_view text);

// Cuts texts, and clears numbers outside their ranges.
void LimitFields(v1::PlayerEvent& event, FieldNotes& notes);

}  // namespace playhead::ingest
