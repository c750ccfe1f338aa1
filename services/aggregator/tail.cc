#include "services/aggregator/tail.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/strings.h"

namespace playhead::aggregator {
namespace {

using catalog::Dimension;
using catalog::Measure;
using catalog::Sketch;

constexpr std::size_t kMaxDimensions = catalog::kDimensionCount + 1;
// The least that a row takes on the wire: its minute, its share of columns.
constexpr std::size_t kLeastRowBytes = 6;

struct GroupKey {
  std::int64_t time_ms = 0;     // of the minute or the ten seconds
  std::int32_t event_type = 0;  // 0 in rows of facts
  std::uint32_t error_code = 0;
  std::vector<std::uint32_t> ids;  // of strings; a partner is its own id

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const GroupKey& key) {
    return H::combine(std::move(h), key.time_ms, key.event_type, key.error_code, key.ids);
  }
};

struct Group {
  GroupKey key;
  std::vector<std::int64_t> measures;
  std::vector<Hll> sketches;
};

template <typename Id, typename Infos>
absl::StatusOr<Id> FindByName(const Infos& infos, const std::string& name,
                              absl::string_view field) {
  for (const auto& info : infos) {
    if (info.name == name) return info.id;
  }
  return absl::InvalidArgumentError(absl::StrCat(field, ": `", name, "` is not in the catalog"));
}

absl::Status TooLarge(std::size_t max_bytes) {
  return absl::ResourceExhaustedError(absl::StrCat("the tail is larger than ", max_bytes,
                                                   " bytes; ask for fewer dimensions or minutes"));
}

absl::Status ParseDimensions(const v1::ReadTailRequest& request, TailQuery& query) {
  if (static_cast<std::size_t>(request.dimensions_size()) > kMaxDimensions) {
    return absl::InvalidArgumentError("dimensions: more than the catalog has");
  }
  for (int i = 0; i < request.dimensions_size(); ++i) {
    const std::string& name = request.dimensions(i);
    if (std::count(request.dimensions().begin(), request.dimensions().begin() + i, name) > 0) {
      return absl::InvalidArgumentError(absl::StrCat("dimensions: `", name, "` is asked twice"));
    }
    TailDimension dimension;
    dimension.is_partner = name == "partner";
    if (!dimension.is_partner) {
      ASSIGN_OR_RETURN(dimension.dimension,
                       FindByName<Dimension>(catalog::Dimensions(), name, "dimensions"));
      query.has_error_code |= dimension.dimension == Dimension::kErrorCode;
    }
    query.dimensions.push_back(dimension);
  }
  return absl::OkStatus();
}

bool IsInRange(const TailQuery& query, std::int64_t time_ms) {
  return time_ms >= query.from_ms && time_ms < query.until_ms;
}

bool IsOfPartner(const TailQuery& query, const FactRow& fact) {
  return query.partner == 0 || fact.partner == query.partner;
}

bool IsAsked(const TailQuery& query, const FactRow& fact) {
  return IsOfPartner(query, fact) && IsInRange(query, fact.minute_ms);
}

void SetKey(const TailQuery& query, const FactRow& fact, std::uint32_t error_code, GroupKey& key) {
  key.time_ms = fact.minute_ms;
  key.error_code = query.has_error_code ? error_code : 0;
  key.ids.clear();
  for (const TailDimension& d : query.dimensions) {
    if (d.is_partner) {
      key.ids.push_back(static_cast<std::uint32_t>(fact.partner));
    } else if (d.dimension == Dimension::kErrorCode) {
      key.ids.push_back(error_code);
    } else {
      key.ids.push_back(fact.dimension(d.dimension));
    }
  }
}

void AddSketchElement(const FactRow& fact, Sketch sketch, Hll& hll) {
  switch (sketch) {
    case Sketch::kUniqueViewers:
      if (fact.HasViewer()) hll.Add(fact.viewer);
      return;
    case Sketch::kUniqueSessions:
      hll.Add(fact.session.low);
      return;
    case Sketch::kUniqueKnownUsers:
      if (fact.known_user != 0) hll.Add(fact.known_user);
      return;
  }
}

// Groups in order of first appearance.
class Groups {
 public:
  Group& Get(const GroupKey& key) {
    const auto [it, is_new] = index_.try_emplace(key, groups_.size());
    if (is_new) groups_.push_back({.key = key, .measures = {}, .sketches = {}});
    return groups_[it->second];
  }
  const std::vector<Group>& groups() const { return groups_; }
  bool FitsInto(std::size_t bytes) const { return groups_.size() * kLeastRowBytes <= bytes; }

 private:
  std::vector<Group> groups_;
  absl::flat_hash_map<GroupKey, std::size_t> index_;
};

absl::StatusOr<Groups> GroupFacts(const TailQuery& query, const TailFacts& epoch,
                                  std::size_t max_bytes) {
  Groups groups;
  if (query.measures.empty() && query.sketches.empty()) return groups;
  GroupKey key;
  for (const FactRow& fact : epoch.facts) {
    if (!IsAsked(query, fact)) continue;
    SetKey(query, fact, 0, key);
    Group& group = groups.Get(key);
    group.measures.resize(query.measures.size());
    group.sketches.resize(query.sketches.size());
    for (std::size_t m = 0; m < query.measures.size(); ++m) {
      group.measures[m] += fact.measure(query.measures[m]);
    }
    for (std::size_t s = 0; s < query.sketches.size(); ++s) {
      AddSketchElement(fact, query.sketches[s], group.sketches[s]);
    }
    if (!groups.FitsInto(max_bytes)) return TooLarge(max_bytes);
  }
  return groups;
}

absl::StatusOr<Groups> GroupEvents(const TailQuery& query, const TailFacts& epoch,
                                   std::size_t max_bytes) {
  Groups groups;
  GroupKey key;
  for (const FactEventRow& event : epoch.fact_events) {
    const FactRow& fact = epoch.facts[event.fact];
    if (!IsAsked(query, fact)) continue;
    const bool has_measure = catalog::MeasureOfEventType(event.event_type).has_value();
    if (has_measure && !query.has_error_code) continue;
    SetKey(query, fact, event.error_code, key);
    key.event_type = event.event_type;
    Group& group = groups.Get(key);
    group.measures.resize(1);
    group.measures[0] += event.count;
    if (!groups.FitsInto(max_bytes)) return TooLarge(max_bytes);
  }
  return groups;
}

absl::StatusOr<Groups> GroupTenSeconds(const TailQuery& query, const TailFacts& epoch,
                                       std::size_t max_bytes) {
  Groups groups;
  GroupKey key;
  for (const FactRow& fact : epoch.facts) {
    if (!IsOfPartner(query, fact)) continue;
    SetKey(query, fact, 0, key);
    for (const std::int32_t views : fact.ten_seconds_views) {
      if (views > 0 && IsInRange(query, key.time_ms)) {
        Group& group = groups.Get(key);
        group.measures.resize(1);
        group.measures[0] += views;
      }
      key.time_ms += catalog::kTenSecondsMs;
    }
    if (!groups.FitsInto(max_bytes)) return TooLarge(max_bytes);
  }
  return groups;
}

std::string TextOf(const TailDimension& dimension, std::uint32_t id,
                   const std::vector<std::string>& strings) {
  return dimension.is_partner ? absl::StrCat(id) : strings[id];
}

// One column per asked dimension.
absl::Status WriteDimensions(const TailQuery& query, const Groups& groups, const TailFacts& epoch,
                             std::size_t max_bytes,
                             google::protobuf::RepeatedPtrField<v1::TailTextColumn>& columns) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < query.dimensions.size(); ++i) {
    auto& values = *columns.Add()->mutable_values();
    for (const Group& group : groups.groups()) {
      *values.Add() = TextOf(query.dimensions[i], group.key.ids[i], epoch.strings);
      bytes += values[values.size() - 1].size();
      if (bytes > max_bytes) return TooLarge(max_bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status WriteFacts(const TailQuery& query, const Groups& groups, const TailFacts& epoch,
                        std::size_t max_bytes, v1::TailSegment& segment) {
  RETURN_IF_ERROR(WriteDimensions(query, groups, epoch, max_bytes, *segment.mutable_dimensions()));
  for (const Group& group : groups.groups()) segment.add_minute_ms(group.key.time_ms);
  for (std::size_t m = 0; m < query.measures.size(); ++m) {
    auto& values = *segment.add_measures()->mutable_values();
    for (const Group& group : groups.groups()) values.Add(group.measures[m]);
  }
  for (std::size_t s = 0; s < query.sketches.size(); ++s) {
    auto& values = *segment.add_sketches()->mutable_values();
    std::size_t bytes = 0;
    for (const Group& group : groups.groups()) {
      *values.Add() = group.sketches[s].Serialize();
      bytes += values[values.size() - 1].size();
      if (bytes > max_bytes) return TooLarge(max_bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status WriteEvents(const TailQuery& query, const Groups& groups, const TailFacts& epoch,
                         std::size_t max_bytes, v1::TailSegment& segment) {
  RETURN_IF_ERROR(
      WriteDimensions(query, groups, epoch, max_bytes, *segment.mutable_event_dimensions()));
  for (const Group& group : groups.groups()) {
    segment.add_event_minute_ms(group.key.time_ms);
    segment.add_event_type(group.key.event_type);
    segment.add_event_error_code(epoch.strings[group.key.error_code]);
    segment.add_event_count(group.measures[0]);
  }
  return absl::OkStatus();
}

absl::Status WriteTenSeconds(const TailQuery& query, const Groups& groups, const TailFacts& epoch,
                             std::size_t max_bytes, v1::TailSegment& segment) {
  RETURN_IF_ERROR(
      WriteDimensions(query, groups, epoch, max_bytes, *segment.mutable_ten_seconds_dimensions()));
  for (const Group& group : groups.groups()) {
    segment.add_ten_seconds_ms(group.key.time_ms);
    segment.add_ten_seconds_views(group.measures[0]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TailQuery> ParseTailQuery(const v1::ReadTailRequest& request) {
  TailQuery query;
  query.partner = request.partner();
  query.has_events = request.events();
  query.has_ten_seconds = request.ten_seconds();
  query.from_ms = request.from_ms();
  query.until_ms = request.until_ms();
  if (query.partner < 0) return absl::InvalidArgumentError("partner: is negative");
  RETURN_IF_ERROR(ParseDimensions(request, query));
  if (request.measures_size() > catalog::kMeasureCount ||
      request.sketches_size() > catalog::kSketchCount) {
    return absl::InvalidArgumentError("measures or sketches: more than the catalog has");
  }
  for (const std::string& name : request.measures()) {
    ASSIGN_OR_RETURN(const Measure measure,
                     FindByName<Measure>(catalog::Measures(), name, "measures"));
    query.measures.push_back(measure);
  }
  for (const std::string& name : request.sketches()) {
    ASSIGN_OR_RETURN(const Sketch sketch,
                     FindByName<Sketch>(catalog::Sketches(), name, "sketches"));
    query.sketches.push_back(sketch);
  }
  return query;
}

absl::Status AddTailRows(const TailQuery& query, const TailFacts& epoch, std::size_t max_bytes,
                         v1::TailSegment& segment) {
  ASSIGN_OR_RETURN(const Groups facts, GroupFacts(query, epoch, max_bytes));
  RETURN_IF_ERROR(WriteFacts(query, facts, epoch, max_bytes, segment));
  if (query.has_events) {
    ASSIGN_OR_RETURN(const Groups events, GroupEvents(query, epoch, max_bytes));
    RETURN_IF_ERROR(WriteEvents(query, events, epoch, max_bytes, segment));
  }
  if (query.has_ten_seconds) {
    ASSIGN_OR_RETURN(const Groups ten_seconds, GroupTenSeconds(query, epoch, max_bytes));
    RETURN_IF_ERROR(WriteTenSeconds(query, ten_seconds, epoch, max_bytes, segment));
  }
  return segment.ByteSizeLong() > max_bytes ? TooLarge(max_bytes) : absl::OkStatus();
}

}  // namespace playhead::aggregator
