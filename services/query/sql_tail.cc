#include "services/query/sql_tail.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/strings.h"
#include "services/query/metrics_of.h"

namespace playhead::query {
namespace {

// The columns of all segments, one after the other.
struct TailColumns {
  std::vector<std::int64_t> starts;
  std::vector<std::vector<std::string>> dimensions;
  std::vector<std::vector<std::int64_t>> measures;
  std::vector<std::vector<std::string>> sketches;
  std::vector<std::int64_t> types;
  std::vector<std::string> error_codes;
  std::vector<std::int64_t> counts;
};

template <typename To, typename Columns>
void Append(std::vector<To>& to, const Columns& columns) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto& values = columns.Get(static_cast<int>(i)).values();
    to[i].insert(to[i].end(), values.begin(), values.end());
  }
}

TailColumns RowColumns(const SqlInput& input) {
  TailColumns columns;
  columns.dimensions.resize(static_cast<std::size_t>(input.tail_request.dimensions_size()));
  columns.measures.resize(static_cast<std::size_t>(input.tail_request.measures_size()));
  columns.sketches.resize(static_cast<std::size_t>(input.tail_request.sketches_size()));
  for (const v1::TailSegment* segment : input.tail) {
    if (segment->minute_ms_size() == 0) continue;
    columns.starts.insert(columns.starts.end(), segment->minute_ms().begin(),
                          segment->minute_ms().end());
    Append(columns.dimensions, segment->dimensions());
    Append(columns.measures, segment->measures());
    Append(columns.sketches, segment->sketches());
  }
  return columns;
}

TailColumns EventColumns(const SqlInput& input) {
  TailColumns columns;
  columns.dimensions.resize(static_cast<std::size_t>(input.tail_request.dimensions_size()));
  for (const v1::TailSegment* segment : input.tail) {
    const int rows = segment->event_minute_ms_size();
    if (rows == 0) continue;
    columns.starts.insert(columns.starts.end(), segment->event_minute_ms().begin(),
                          segment->event_minute_ms().end());
    Append(columns.dimensions, segment->event_dimensions());
    columns.types.insert(columns.types.end(), segment->event_type().begin(),
                         segment->event_type().end());
    columns.counts.insert(columns.counts.end(), segment->event_count().begin(),
                          segment->event_count().end());
    for (int i = 0; i < rows; ++i) {
      columns.error_codes.push_back(
          segment->event_error_code_size() == 0 ? "" : segment->event_error_code(i));
    }
  }
  return columns;
}

TailColumns TenSecondsColumns(const SqlInput& input) {
  TailColumns columns;
  columns.dimensions.resize(static_cast<std::size_t>(input.tail_request.dimensions_size()));
  columns.measures.resize(1);
  for (const v1::TailSegment* segment : input.tail) {
    if (segment->ten_seconds_ms_size() == 0) continue;
    columns.starts.insert(columns.starts.end(), segment->ten_seconds_ms().begin(),
                          segment->ten_seconds_ms().end());
    Append(columns.dimensions, segment->ten_seconds_dimensions());
    columns.measures[0].insert(columns.measures[0].end(), segment->ten_seconds_views().begin(),
                               segment->ten_seconds_views().end());
  }
  return columns;
}

class TailWriter {
 public:
  TailWriter(const SqlInput& input, SqlParameters& parameters)
      : input_(input), parameters_(parameters), inputs_(InputsOf(input.query.metrics)) {}

  std::vector<std::string> Write() {
    if (input_.plan.by_event_type) {
      WriteByEventType();
    } else {
      WriteMeasures();
    }
    return std::move(selects_);
  }

  std::string WriteTenSeconds() {
    const std::string keys = Keys("''");
    const std::string from = From(TenSecondsColumns(input_), false);
    return absl::StrCat("SELECT ", keys, ", t.m0 AS views FROM ", from, " WHERE ", InRange());
  }

 private:
  // FROM unnest(...) t(start_ms, d0.., m0.., s0.., event_type, error_code, event_count), and the
  // range.
  std::string From(const TailColumns& columns, bool events) {
    std::vector<std::string> arrays = {parameters_.Numbers(columns.starts)};
    std::vector<std::string> names = {"start_ms"};
    const auto add = [&](const char* prefix, std::size_t i, std::string array) {
      arrays.push_back(std::move(array));
      names.push_back(absl::StrCat(prefix, i));
    };
    for (std::size_t i = 0; i < columns.dimensions.size(); ++i) {
      add("d", i, parameters_.Texts(columns.dimensions[i]));
    }
    for (std::size_t i = 0; i < columns.measures.size(); ++i) {
      add("m", i, parameters_.Numbers(columns.measures[i]));
    }
    for (std::size_t i = 0; i < columns.sketches.size(); ++i) {
      add("s", i, parameters_.Bytes(columns.sketches[i]));
    }
    if (events) {
      arrays.insert(arrays.end(),
                    {parameters_.Numbers(columns.types), parameters_.Texts(columns.error_codes),
                     parameters_.Numbers(columns.counts)});
      names.insert(names.end(), {"event_type", "error_code", "event_count"});
    }
    return absl::StrCat("unnest(", absl::StrJoin(arrays, ", "), ") t(", absl::StrJoin(names, ", "),
                        ")");
  }

  std::string InRange() {
    const Range& range = input_.query.range;
    return absl::StrCat("t.start_ms >= ", parameters_.Number(absl::ToUnixMillis(range.start)),
                        " AND t.start_ms < ", parameters_.Number(absl::ToUnixMillis(range.end)));
  }

  std::string Keys(const std::string& error_code) {
    std::string keys = "to_timestamp(t.start_ms / 1000) AS bucket";
    int column = 0;
    for (const Field& field : input_.query.Fields()) {
      const std::string name(FieldName(field));
      if (field.kind == Field::Kind::kEventType) continue;
      if (field.IsErrorCode()) {
        absl::StrAppend(&keys, ", ", error_code, " COLLATE \"C\" AS error_code");
        ++column;
      } else if (field.kind != Field::Kind::kPartner) {
        absl::StrAppend(&keys, ", t.d", column++, " COLLATE \"C\" AS \"", name, "\"");
      } else if (input_.query.partner == 0) {
        absl::StrAppend(&keys, ", t.d", column++, "::int AS partner");
      } else {
        absl::StrAppend(&keys, ", ", parameters_.Value(absl::StrCat(input_.query.partner), "int"),
                        " AS partner");
      }
    }
    return keys;
  }

  void Add(const std::string& columns, const std::string& from, const std::string& where) {
    selects_.push_back(absl::StrCat("SELECT ", columns, " FROM ", from, " WHERE ", where));
  }

  void WriteMeasures() {
    std::string columns = Keys("''");
    std::string nulls = columns;
    int column = 0;
    for (const catalog::Measure measure : inputs_.measures) {
      const std::string name(catalog::Info(measure).name);
      absl::StrAppend(&columns, ", t.m", column++, " AS ", name);
      absl::StrAppend(&nulls, ", NULL::bigint AS ", name);
    }
    column = 0;
    for (const catalog::Sketch sketch : inputs_.sketches) {
      const std::string name(catalog::Info(sketch).name);
      absl::StrAppend(&columns, ", NULLIF(t.s", column++, ", ''::bytea)::hll AS ", name);
      absl::StrAppend(&nulls, ", NULL::hll AS ", name);
    }
    if (inputs_.events) {
      absl::StrAppend(&columns, ", NULL::int AS event_type, NULL::bigint AS event_count");
    }
    Add(columns, From(RowColumns(input_), false), InRange());
    if (!inputs_.events) return;
    const TailColumns events = EventColumns(input_);
    if (events.starts.empty()) return;
    Add(absl::StrCat(nulls, ", t.event_type::int AS event_type, t.event_count"), From(events, true),
        absl::StrCat(InRange(), " AND NOT (", HasMeasure("t.event_type"), ")"));
  }

  void WriteByEventType() {
    const std::string keys = Keys("''");
    Add(absl::StrCat(keys, ", u.event_type, u.event_count"),
        absl::StrCat(From(RowColumns(input_), false), " CROSS JOIN LATERAL (", MeasuresAsColumns(),
                     ") u(event_type, event_count)"),
        absl::StrCat(InRange(), " AND u.event_count <> 0"));
    const TailColumns events = EventColumns(input_);
    if (events.starts.empty()) return;
    const std::string from = From(events, true);
    const std::string counts = ", t.event_type::int AS event_type, t.event_count";
    if (!input_.plan.by_error_code) {
      Add(absl::StrCat(keys, counts), from,
          absl::StrCat(InRange(), " AND NOT (", HasMeasure("t.event_type"), ")"));
      return;
    }
    Add(absl::StrCat(Keys("t.error_code"), counts), from, InRange());
    Add(absl::StrCat(keys, ", t.event_type::int AS event_type, -t.event_count AS event_count"),
        from, absl::StrCat(InRange(), " AND ", HasMeasure("t.event_type")));
  }

  // As MeasuresAsRows, of the columns t.m0, t.m1, ..., which are all measures that count an event
  // type, in order.
  static std::string MeasuresAsColumns() {
    std::vector<std::string> values;
    for (const catalog::MeasureInfo& info : catalog::Measures()) {
      if (info.event_type == 0) continue;
      values.push_back(absl::StrCat("(", info.event_type, ", t.m", values.size(), ")"));
    }
    return absl::StrCat("VALUES ", absl::StrJoin(values, ", "));
  }

  const SqlInput& input_;
  SqlParameters& parameters_;
  const MetricInputs inputs_;
  std::vector<std::string> selects_;
};

}  // namespace

std::vector<std::string> TailSelects(const SqlInput& input, SqlParameters& parameters) {
  return TailWriter(input, parameters).Write();
}

std::string TenSecondsTailSelect(const SqlInput& input, SqlParameters& parameters) {
  return TailWriter(input, parameters).WriteTenSeconds();
}

std::string MeasuresAsRows(const std::string& prefix) {
  std::vector<std::string> values;
  for (const catalog::MeasureInfo& info : catalog::Measures()) {
    if (info.event_type == 0) continue;
    values.push_back(
        absl::StrCat("(", info.event_type, ", ", prefix, ToAbsl(info.name), "::bigint)"));
  }
  return absl::StrCat("VALUES ", absl::StrJoin(values, ", "));
}

std::string HasMeasure(const std::string& column) {
  std::vector<int> types;
  for (const catalog::MeasureInfo& info : catalog::Measures()) {
    if (info.event_type != 0) types.push_back(info.event_type);
  }
  return absl::StrCat(column, " IN (", absl::StrJoin(types, ", "), ")");
}

}  // namespace playhead::query
