#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/tables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_database.h"
#include "tools/catalog_ddl.h"

namespace playhead {
namespace {

using playhead::testing::MigrationsFolder;
using playhead::testing::RunMigrations;
using playhead::testing::TestDatabase;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MigrationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = TestDatabase::Create({.migrate = false});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    folder_ = absl::StrCat(::testing::TempDir(), "/migrations_",
                           database_->Value("SELECT current_database()"));
    std::filesystem::copy(MigrationsFolder(), folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // The exit code of the runner on the copied folder.
  int Migrate() {
    output_.clear();
    return RunMigrations(database_->Dsn(), folder_, output_);
  }
  void Append(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::app) << text;
  }
  std::string Applied() { return database_->Value("SELECT count(*) FROM schema_migrations"); }

  std::unique_ptr<TestDatabase> database_;
  std::string folder_;
  std::string output_;
};

TEST_F(MigrationsTest, DoNothingTheSecondTime) {
  EXPECT_EQ(Migrate(), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("applying 0001_create_core_tables.sql"));
  const std::string before = database_->Value("SELECT max(applied_at) FROM schema_migrations");
  EXPECT_EQ(Migrate(), 0) << output_;
  EXPECT_THAT(output_, IsEmpty());
  EXPECT_EQ(database_->Value("SELECT max(applied_at) FROM schema_migrations"), before);
}

TEST_F(MigrationsTest, RefuseAChangedFile) {
  ASSERT_EQ(Migrate(), 0) << output_;
  Append("0001_create_core_tables.sql", "-- a remark\n");
  EXPECT_NE(Migrate(), 0);
  EXPECT_THAT(output_, HasSubstr("0001_create_core_tables.sql: was changed"));
}

TEST_F(MigrationsTest, LeaveNothingOfAFileThatFails) {
  ASSERT_EQ(Migrate(), 0) << output_;
  const std::string applied = Applied();
  Append("0006_break.sql", "CREATE TABLE half (n int);\nSELECT 1 / 0;\n");
  EXPECT_NE(Migrate(), 0);
  EXPECT_THAT(output_, HasSubstr("0006_break.sql: failed and was rolled back"));
  EXPECT_EQ(Applied(), applied);
  EXPECT_EQ(database_->Value("SELECT to_regclass('half') IS NULL"), "t");
}

TEST_F(MigrationsTest, RefuseAGapInTheNumbers) {
  Append("0009_late.sql", "SELECT 1;\n");
  EXPECT_NE(Migrate(), 0);
  EXPECT_THAT(output_, HasSubstr("0009_late.sql: the next migration must be called 0006_*.sql"));
}

TEST_F(MigrationsTest, RefuseADatabaseOfANewerRelease) {
  Append("0006_later.sql", "SELECT 1;\n");
  ASSERT_EQ(Migrate(), 0) << output_;
  std::filesystem::remove(folder_ + "/0006_later.sql");
  EXPECT_NE(Migrate(), 0);
  EXPECT_THAT(output_, HasSubstr("0006_later.sql, which this release does not have"));
}

TEST_F(MigrationsTest, SaySoWhenThereIsNoServer) {
  EXPECT_NE(RunMigrations("host=/nowhere port=1", folder_, output_), 0);
  EXPECT_THAT(output_, HasSubstr("cannot read the database"));
}

TEST_F(MigrationsTest, ApplyOnceWhenRunnersMeet) {
  std::array<std::string, 4> outputs;
  std::array<int, 4> codes{};
  std::vector<std::thread> runners;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    runners.emplace_back(
        [&, i] { codes[i] = RunMigrations(database_->Dsn(), folder_, outputs[i]); });
  }
  for (std::thread& runner : runners) runner.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(codes[i], 0) << outputs[i];
  const std::string all = absl::StrJoin(outputs, "");
  const std::string first = "applying 0001_create_core_tables.sql";
  EXPECT_THAT(all, HasSubstr(first));
  EXPECT_THAT(all.substr(all.find(first) + 1), Not(HasSubstr(first)));
}

TEST_F(MigrationsTest, CreateTheTablesOfTheCatalog) {
  ASSERT_EQ(Migrate(), 0) << output_;
  for (const tables::Table& table : tables::AllTables()) {
    std::vector<std::string> expected;
    for (const tables::Column& column : table.columns) {
      const std::string type = tables::SqlType(column);
      expected.push_back(absl::StrCat(
          column.name, "|", column.type == tables::Type::kText ? "text" : type, "|",
          column.type == tables::Type::kText ? "C" : "", "|", column.not_null ? "t" : "f"));
    }
    EXPECT_EQ(database_->Query(absl::StrCat(
                  "SELECT attname, replace(format_type(atttypid, atttypmod), "
                  "'timestamp with time zone', 'timestamptz'), coalesce(collname, ''), attnotnull "
                  "FROM pg_attribute LEFT JOIN pg_collation c ON c.oid = attcollation "
                  "WHERE attrelid = '",
                  table.name, "'::regclass AND attnum > 0 ORDER BY attnum")),
              expected)
        << table.name;
    EXPECT_EQ(database_->Value(absl::StrCat(
                  "SELECT width || tier FROM partitioned_tables WHERE name = '", table.name, "'")),
              absl::StrCat(tables::WidthName(table.width), table.tier));
  }
}

TEST_F(MigrationsTest, LeaveEverythingToTheOwnerAndSecureEveryTenantTable) {
  ASSERT_EQ(Migrate(), 0) << output_;
  EXPECT_THAT(
      database_->Query(
          "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
          "AND relowner <> 'playhead_owner'::regrole AND relname NOT LIKE 'schema_migrations%'"),
      IsEmpty());
  EXPECT_THAT(
      database_->Query("SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                       "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
                       "AND attname = 'partner' AND NOT relrowsecurity"),
      IsEmpty());
}

TEST(CatalogDdlTest, IsWhatIsCommitted) {
  const std::pair<int, std::string> generated[] = {
      {2, "0002_create_facts_and_rollups.sql"},
      {5, "0005_create_wider_rollups_and_audiences.sql"},
  };
  for (const auto& [migration, name] : generated) {
    std::ifstream file(MigrationsFolder() + "/" + name);
    std::stringstream committed;
    committed << file.rdbuf();
    EXPECT_EQ(committed.str(), tools::CatalogDdl(migration))
        << "run: catalog_ddl " << migration << " > deploy/migrations/" << name;
  }
}

}  // namespace
}  // namespace playhead
