#include "tools/report_table.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

v1::RunReportResponse ParseResponse(const char* text) {
  v1::RunReportResponse response;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &response));
  return response;
}

TEST(MakeTableTest, KeepsTypesUnitsAndNulls) {
  const Table table = MakeTable(ParseResponse(R"pb(
    columns { name: "minute" kind: TIME type: TIMESTAMP }
    columns { name: "entry" kind: DIMENSION type: STRING }
    columns { name: "plays" kind: METRIC type: INT unit: "count" }
    columns { name: "play_ratio" kind: METRIC type: DOUBLE unit: "ratio" }
    rows {
      values { time_value: "2026-10-25T02:00:00+01:00" }
      values { string_value: "" }
      values { int_value: 3 }
      values { null_reason: DIVISION_BY_ZERO }
    }
    totals {
      values { int_value: 3 }
      values { double_value: 0.5 }
    }
  )pb"));
  EXPECT_EQ(FormatTable(table),
            "minute                     entry      plays  play_ratio\n"
            "-------------------------  ---------  -----  ----------\n"
            "2026-10-25T02:00:00+01:00  (unknown)      3           -\n"
            "-------------------------  ---------  -----  ----------\n"
            "total                                     3         0.5\n");
}

TEST(MakeTableTest, FillsRowsThatAreShort) {
  const Table table = MakeTable(ParseResponse(R"pb(
    columns { name: "entry" type: STRING }
    columns { name: "plays" type: INT }
    rows { values { string_value: "0_a" } }
  )pb"));
  EXPECT_EQ(FormatTable(table), "entry  plays\n-----  -----\n0_a        -\n");
}

TEST(WarningLineTest, EndsWithTheSuggestion) {
  v1::Warning warning;
  warning.set_code(v1::Warning::FACTS_SCANNED);
  warning.set_message("slow");
  EXPECT_EQ(WarningLine(warning), "warning FACTS_SCANNED: slow");
  warning.set_suggestion("drop page");
  EXPECT_EQ(WarningLine(warning), "warning FACTS_SCANNED: slow; drop page");
}

}  // namespace
}  // namespace playhead::tools
