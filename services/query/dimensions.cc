#include "services/query/dimensions.h"

#include <algorithm>
#include <array>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/strings.h"

namespace playhead::query {
namespace {

constexpr int kMaxNamedEventType = 20'000;

std::map<std::string_view, int> EventTypesByName() {
  std::map<std::string_view, int> types;
  for (int type = 1; type <= kMaxNamedEventType; ++type) {
    const std::string_view name = catalog::EventTypeName(type);
    if (!name.empty()) types.emplace(name, type);
  }
  return types;
}

}  // namespace

std::optional<Field> FindField(std::string_view name) {
  if (name == "partner" || name == "partnerId" || name == "partner_id") {
    return Field{.kind = Field::Kind::kPartner, .stored = {}};
  }
  if (name == "event_type" || name == "eventType") {
    return Field{.kind = Field::Kind::kEventType, .stored = {}};
  }
  const catalog::DimensionInfo* info = catalog::FindDimension(name);
  if (info == nullptr) return std::nullopt;
  return Field{.kind = Field::Kind::kStored, .stored = info->id};
}

bool IsNotServedYet(std::string_view name) {
  static constexpr std::array kDistributions = {".avg", ".p50", ".p75", ".p90", ".p95", ".p99"};
  static constexpr std::array kNames = {"category", "bandwidth", "dropped_frames_ratio",
                                        "segment_download_time"};
  for (const std::string_view suffix : kDistributions) {
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    if (catalog::FindMetric(name) != nullptr) return true;
    break;
  }
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string_view FieldName(const Field& field) {
  switch (field.kind) {
    case Field::Kind::kPartner:
      return "partner";
    case Field::Kind::kEventType:
      return "event_type";
    case Field::Kind::kStored:
      return catalog::Info(field.stored).name;
  }
  return "";
}

std::vector<std::string> FieldNames() {
  std::vector<std::string> names = {"partner", "event_type"};
  for (const catalog::DimensionInfo& info : catalog::Dimensions()) {
    names.emplace_back(info.name);
  }
  return names;
}

std::optional<int> ParseEventType(std::string_view text) {
  int number = 0;
  if (absl::SimpleAtoi(ToAbsl(text), &number)) {
    return number > 0 ? std::optional(number) : std::nullopt;
  }
  static const std::map<std::string_view, int> by_name = EventTypesByName();
  const auto found = by_name.find(text);
  return found == by_name.end() ? std::nullopt : std::optional(found->second);
}

std::string ShowEventType(int event_type) {
  const std::string_view name = catalog::EventTypeName(event_type);
  return name.empty() ? absl::StrCat(event_type) : std::string(name);
}

}  // namespace playhead::query
