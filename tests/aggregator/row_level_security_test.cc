#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/store_fixture.h"

namespace playhead::aggregator {
namespace {

using playhead::testing::StoreTest;

class RowLevelSecurityTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (HasFatalFailure()) return;
    database_->Query("INSERT INTO partners VALUES (1, 'UTC'), (2, 'UTC')");
    Commit({{.partner = 1, .user = "ann", .page = "p", .plays = 1, .related_clicks = 1},
            {.partner = 2, .user = "bob", .page = "p", .plays = 2, .related_clicks = 1}});
  }

  // Partners that `role` sees in `table` when a transaction has set `setting`; "-": none is set.
  std::string PartnersOf(const std::string& role, const std::string& table,
                         const std::string& setting) {
    const auto connection = database_->Connect(role);
    EXPECT_TRUE(connection->Run("BEGIN").ok());
    if (setting != "-") {
      const std::array<postgres::Param, 1> params = {setting};
      EXPECT_TRUE(connection->Run("SELECT set_config('playhead.partner', $1, true)", params).ok());
    }
    const auto rows = connection->Run(
        absl::StrCat("SELECT coalesce(string_agg(DISTINCT partner::text, ','), '') FROM ", table));
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? std::string(rows->Text(0, 0)) : "error";
  }

  std::string ErrorOf(const std::string& role, const std::string& sql) {
    return postgres::SqlStateOf(database_->Connect(role)->Run(sql).status());
  }
};

constexpr const char* kTables[] = {
    "facts", "facts_events", "rollup_partner_minute", "rollup_entry_events_minute", "pages",
    "users", "partners"};
constexpr char kDenied[] = "42501";

TEST_F(RowLevelSecurityTest, BindsAReaderToThePartnerOfItsTransaction) {
  for (const char* table : kTables) {
    EXPECT_EQ(PartnersOf("playhead_reader", table, "1"), "1") << table;
    EXPECT_EQ(PartnersOf("playhead_reader", table, "2"), "2") << table;
    EXPECT_EQ(PartnersOf("playhead_reader", table, "3"), "") << table;
    EXPECT_EQ(PartnersOf("playhead_reader", table, "-"), "") << table;
    EXPECT_EQ(PartnersOf("playhead_reader", table, ""), "") << table;
    EXPECT_EQ(PartnersOf("playhead_reader_all", table, "-"), "1,2") << table;
  }
}

TEST_F(RowLevelSecurityTest, ForgetsThePartnerAtTheEndOfTheTransaction) {
  const auto connection = database_->Connect("playhead_reader");
  ASSERT_TRUE(
      connection->Run("BEGIN; SELECT set_config('playhead.partner', '1', true); COMMIT").ok());
  const auto rows = connection->Run("SELECT count(*) FROM facts");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->Int(0, 0), 0);
}

TEST_F(RowLevelSecurityTest, ShowsReadersNoPartition) {
  for (const char* role : {"playhead_reader", "playhead_reader_all", "playhead_writer"}) {
    EXPECT_EQ(ErrorOf(role, "SELECT * FROM facts_20261001"), kDenied) << role;
    EXPECT_EQ(ErrorOf(role, "SELECT * FROM rollup_partner_minute_20261001"), kDenied) << role;
  }
}

TEST_F(RowLevelSecurityTest, LetsReadersWriteNothing) {
  for (const char* role : {"playhead_reader", "playhead_reader_all"}) {
    for (const char* sql : {"INSERT INTO epochs (commit_token, tier) VALUES (gen_random_uuid(), 0)",
                            "UPDATE log_offsets SET next_offset = 0", "DELETE FROM facts",
                            "TRUNCATE pages", "SELECT ensure_partition('facts', now())",
                            "SELECT drop_partition('facts', now())", "CREATE TABLE mine (n int)"}) {
      EXPECT_EQ(ErrorOf(role, sql), kDenied) << role << ": " << sql;
    }
  }
}

TEST_F(RowLevelSecurityTest, LetsTheWriterChangeOnlyWhatItNeeds) {
  for (const char* sql :
       {"DELETE FROM facts", "UPDATE facts SET plays = 0", "DROP TABLE facts", "TRUNCATE ledger",
        "UPDATE installation SET id_key = '\\x00'", "UPDATE partners SET time_zone = 'UTC'",
        "DELETE FROM epochs", "INSERT INTO partitioned_tables VALUES ('pages', 'day', 0)",
        "CREATE TABLE mine (n int)"}) {
    EXPECT_EQ(ErrorOf("playhead_writer", sql), kDenied) << sql;
  }
}

TEST_F(RowLevelSecurityTest, CreatesPartitionsOfKnownTablesOnly) {
  constexpr char kBadParameter[] = "22023";
  for (const char* sql :
       {"SELECT ensure_partition('pages', '2026-10-01')",
        "SELECT ensure_partition('facts; DROP TABLE facts', '2026-10-01')",
        "SELECT ensure_partition(NULL, '2026-10-01')", "SELECT ensure_partition('facts', NULL)",
        "SELECT ensure_partition('facts', 'infinity')",
        "SELECT ensure_partition('facts', '1999-12-31 00:00+00')",
        "SELECT drop_partition('facts', '2026-10-02 00:00+00')",
        "SELECT drop_partition('epochs', '2026-10-01 00:00+00')"}) {
    EXPECT_EQ(ErrorOf("playhead_writer", sql), kBadParameter) << sql;
  }
  EXPECT_EQ(ErrorOf("playhead_writer", "SELECT ensure_partition('facts', '2026-10-09 23:59+00')"),
            "");
  EXPECT_EQ(ErrorOf("playhead_writer", "SELECT ensure_partition('facts', '2026-10-09 00:00+00')"),
            "");
}

}  // namespace
}  // namespace playhead::aggregator
