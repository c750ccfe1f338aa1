#include "services/query/sql_sources.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/strings.h"
#include "services/query/metrics_of.h"
#include "services/query/sql_ranges.h"
#include "services/query/sql_tail.h"

namespace playhead::query {
namespace {

using catalog::Measure;

// Rows of one tier in some ranges; of some epochs alone where `epochs` is set.
struct Source {
  Tier tier = Tier::kFacts;
  std::vector<Range> ranges;
  const std::vector<OpenEpoch>* epochs = nullptr;
};

bool Overlap(const Range& a, const Range& b) { return a.start < b.end && b.start < a.end; }

// Every row of the target tier, and the finer rows that it does not have.
std::vector<Source> Sources(const SqlInput& input) {
  const Plan& plan = input.plan;
  const bool has_minutes = plan.rollup != nullptr && plan.rollup->has_minute_tier;
  const Tier finest = has_minutes ? Tier::kMinute : Tier::kFacts;
  std::vector<Source> all = {
      {Tier::kDay, RangesOf(plan.regions, {Tier::kDay}), nullptr},
      {Tier::kQuarterHour, RangesOf(plan.regions, {Tier::kQuarterHour}), nullptr},
      {Tier::kQuarterHour, RangesOf(plan.regions, {Tier::kDay}), &input.state.open_quarters},
      {finest, RangesOf(plan.regions, {finest}), nullptr},
      {finest, RangesOf(plan.regions, {Tier::kDay, Tier::kQuarterHour}),
       &input.state.open_minutes}};
  std::erase_if(all, [](const Source& source) {
    return source.ranges.empty() || (source.epochs != nullptr && source.epochs->empty());
  });
  return all;
}

class SourceWriter {
 public:
  SourceWriter(const SqlInput& input, SqlParameters& parameters)
      : input_(input),
        parameters_(parameters),
        fields_(input.query.Fields()),
        inputs_(InputsOf(input.query.metrics)) {}

  std::string Write() {
    for (const Source& source : Sources(input_)) {
      const std::string where = Where(source);
      if (where.empty()) continue;
      if (input_.plan.by_event_type) {
        WriteByEventType(source, where);
      } else {
        WriteMeasures(source, where);
      }
    }
    for (std::string& select : TailSelects(input_, parameters_)) {
      selects_.push_back(std::move(select));
    }
    return absl::StrJoin(selects_, "\n  UNION ALL\n  ");
  }

 private:
  bool IsFacts(const Source& source) const { return source.tier == Tier::kFacts; }

  std::string Table(const Source& source, bool events) const {
    if (IsFacts(source)) return events ? "facts_events" : "facts";
    return absl::StrCat("rollup_", ToAbsl(input_.plan.rollup->name), events ? "_events_" : "_",
                        ToAbsl(TierName(source.tier)));
  }

  // The rows of a source; empty: there are none.
  std::string Where(const Source& source) {
    Range bounds = BoundsOf(source.ranges);
    std::vector<std::string> conditions;
    if (source.epochs != nullptr) {
      std::vector<std::int64_t> ids;
      Range of_epochs{absl::InfiniteFuture(), absl::InfinitePast()};
      for (const OpenEpoch& epoch : *source.epochs) {
        if (!Overlap(epoch.buckets, bounds)) continue;
        ids.push_back(epoch.epoch_id);
        of_epochs.start = std::min(of_epochs.start, epoch.buckets.start);
        of_epochs.end = std::max(of_epochs.end, epoch.buckets.end);
      }
      if (ids.empty()) return "";
      bounds = {std::max(bounds.start, of_epochs.start), std::min(bounds.end, of_epochs.end)};
      conditions.push_back(absl::StrCat("r.epoch_id = ANY (", parameters_.Numbers(ids), ")"));
    }
    if (source.tier == Tier::kDay && input_.state.partner.zone_epoch_id > 0) {
      conditions.push_back(
          absl::StrCat("r.epoch_id > ", parameters_.Number(input_.state.partner.zone_epoch_id)));
    }
    conditions.push_back(IsIn(source.ranges, bounds, parameters_));
    return absl::StrCat(absl::StrJoin(conditions, " AND "),
                        AndOfPartner(input_.query, parameters_));
  }

  // `bucket` and the fields. Ids are shown as their texts.
  std::string Keys(std::string_view error_code) const {
    std::string keys = "r.bucket";
    for (const Field& field : fields_) {
      const std::string name(FieldName(field));
      if (field.kind == Field::Kind::kEventType) continue;
      if (field.kind == Field::Kind::kPartner) {
        absl::StrAppend(&keys, ", r.partner");
      } else if (field.IsErrorCode()) {
        absl::StrAppend(&keys, ", ", ToAbsl(error_code), " COLLATE \"C\" AS error_code");
      } else if (catalog::Info(field.stored).storage == catalog::Storage::kHashedId) {
        absl::StrAppend(&keys, ", COALESCE(", name, "s.\"", name, "\", '') COLLATE \"C\" AS \"",
                        name, "\"");
      } else {
        absl::StrAppend(&keys, ", r.", name, " COLLATE \"C\" AS ", name);
      }
    }
    return keys;
  }

  std::string From(const std::string& table) const {
    std::string from = absl::StrCat(table, " r");
    for (const Field& field : fields_) {
      if (field.kind != Field::Kind::kStored ||
          catalog::Info(field.stored).storage != catalog::Storage::kHashedId) {
        continue;
      }
      const std::string name(FieldName(field));
      absl::StrAppend(&from, " LEFT JOIN ", name, "s ON ", name, "s.partner = r.partner AND ", name,
                      "s.", name, "_id = r.", name, "_id");
    }
    return from;
  }

  void Add(const std::string& columns, const std::string& from, const std::string& where) {
    selects_.push_back(absl::StrCat("SELECT ", columns, " FROM ", from, " WHERE ", where));
  }

  // Facts hold the hashes that sketches are made of.
  static std::string SketchOf(catalog::Sketch sketch, bool is_facts) {
    const catalog::SketchInfo& info = catalog::Info(sketch);
    const std::string name(info.name);
    if (!is_facts) return absl::StrCat("r.", name, "::hll AS ", name);
    const std::string column = absl::StrCat("r.", ToAbsl(info.fact_column));
    std::string is_counted = "true";
    if (sketch == catalog::Sketch::kUniqueViewers) {
      is_counted = "COALESCE(r.plays, 0) + COALESCE(r.resumes, 0) + COALESCE(r.views, 0) > 0";
    } else if (sketch == catalog::Sketch::kUniqueKnownUsers) {
      is_counted = absl::StrCat("COALESCE(", column, ", 0) <> 0");
    }
    return absl::StrCat("CASE WHEN ", is_counted, " THEN hll_add(hll_empty(", catalog::kHllLog2m,
                        ", ", catalog::kHllRegwidth, ", ", catalog::kHllExpthresh, ", ",
                        catalog::kHllSparseon, "), ", column, "::hll_hashval) END AS ", name);
  }

  void WriteMeasures(const Source& source, const std::string& where) {
    std::string columns = Keys("''");
    std::string nulls = columns;
    for (const Measure measure : inputs_.measures) {
      const std::string name(catalog::Info(measure).name);
      absl::StrAppend(&columns, ", r.", name, "::bigint AS ", name);
      absl::StrAppend(&nulls, ", NULL::bigint AS ", name);
    }
    for (const catalog::Sketch sketch : inputs_.sketches) {
      absl::StrAppend(&columns, ", ", SketchOf(sketch, IsFacts(source)));
      absl::StrAppend(&nulls, ", NULL::hll AS ", ToAbsl(catalog::Info(sketch).name));
    }
    if (inputs_.events) {
      absl::StrAppend(&columns, ", NULL::int AS event_type, NULL::bigint AS event_count");
    }
    Add(columns, From(Table(source, false)), where);
    if (!inputs_.events) return;
    Add(absl::StrCat(nulls, ", r.event_type, r.event_count::bigint AS event_count"),
        From(Table(source, true)), absl::StrCat(where, WithoutMeasure(source)));
  }

  // facts_events also has events of types with a measure, for their error codes.
  std::string WithoutMeasure(const Source& source) const {
    if (!IsFacts(source)) return "";
    return absl::StrCat(" AND NOT (", HasMeasure("r.event_type"), ")");
  }

  void WriteByEventType(const Source& source, const std::string& where) {
    const std::string counts = ", u.event_type, u.event_count";
    Add(absl::StrCat(Keys("''"), counts),
        absl::StrCat(From(Table(source, false)), " CROSS JOIN LATERAL (", MeasuresAsRows("r."),
                     ") u(event_type, event_count)"),
        absl::StrCat(where, " AND u.event_count <> 0"));
    const std::string from = From(Table(source, true));
    const std::string stored = ", r.event_type, r.event_count::bigint AS event_count";
    if (!input_.plan.by_error_code) {
      Add(absl::StrCat(Keys("''"), stored), from, absl::StrCat(where, WithoutMeasure(source)));
      return;
    }
    // Events that a measure counts without their code are taken from there to their code.
    Add(absl::StrCat(Keys("r.error_code"), stored), from, where);
    Add(absl::StrCat(Keys("''"), ", r.event_type, -r.event_count::bigint AS event_count"), from,
        absl::StrCat(where, " AND ", HasMeasure("r.event_type")));
  }

  const SqlInput& input_;
  SqlParameters& parameters_;
  const std::set<Field> fields_;
  const MetricInputs inputs_;
  std::vector<std::string> selects_;
};

}  // namespace

std::string SourcesSql(const SqlInput& input, SqlParameters& parameters) {
  return SourceWriter(input, parameters).Write();
}

}  // namespace playhead::query
