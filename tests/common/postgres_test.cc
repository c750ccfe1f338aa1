#include "common/postgres.h"

#include <array>
#include <chrono>

#include "gtest/gtest.h"
#include "tests/support/test_database.h"

namespace playhead::postgres {
namespace {

using playhead::testing::TestDatabase;

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = TestDatabase::Create({.migrate = false});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    connection_ = database_->Connect();
    ASSERT_NE(connection_, nullptr);
  }

  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(PostgresTest, PassesParametersAndReadsRows) {
  const std::array<Param, 3> params = {"7", std::nullopt, "it's"};
  const auto rows = connection_->Run("SELECT $1::int + 1, $2::int, $3::text", params);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 1);
  EXPECT_EQ(rows->columns(), 3);
  EXPECT_EQ(rows->Int(0, 0), 8);
  EXPECT_TRUE(rows->IsNull(0, 1));
  EXPECT_EQ(rows->Text(0, 2), "it's");
}

TEST_F(PostgresTest, PassesArraysOfAnyText) {
  const std::vector<std::string> texts = {"", "a,b", "\"q\"", "back\\slash", "{}", "NULL", "été"};
  const std::array<Param, 2> params = {ArrayOf(texts), ArrayOf(std::vector<std::int64_t>{1, -2})};
  const auto rows = connection_->Run("SELECT unnest($1::text[]), $2::bigint[]", params);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), static_cast<int>(texts.size()));
  for (int i = 0; i < rows->size(); ++i) {
    EXPECT_EQ(rows->Text(i, 0), texts[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(rows->Text(0, 1), "{1,-2}");
}

TEST_F(PostgresTest, AnInterruptEndsTheStatementAtTheServerToo) {
  Options options = database_->ConnectionOptions("");
  options.application_name = "interrupted";
  const auto interrupt = std::make_shared<Interrupt>();
  options.interrupt = interrupt;
  auto interrupted = Connection::Open(options);
  ASSERT_TRUE(interrupted.ok()) << interrupted.status();
  ASSERT_TRUE((*interrupted)->Run("SELECT 1").ok());
  interrupt->Set();
  const absl::Status status = (*interrupted)->Run("SELECT pg_sleep(50)").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "postgres: interrupted");
  EXPECT_FALSE((*interrupted)->IsOpen());
  const auto running = [&] {
    const auto rows = connection_->Run(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'interrupted'");
    return rows.ok() ? rows->Int(0, 0) : -1;
  };
  while (running() > 0) {
  }
  EXPECT_EQ(running(), 0);
}

TEST_F(PostgresTest, GoesOnAfterAnErrorOfAStatement) {
  EXPECT_EQ(connection_->Run("SELECT 1 / 0").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SqlStateOf(connection_->Run("SELEC 1").status()), "42601");
  EXPECT_TRUE(connection_->IsOpen());
  EXPECT_TRUE(connection_->Run("SELECT 1").ok());
}

TEST_F(PostgresTest, GoesOnAfterAnErrorOfACopy) {
  ASSERT_TRUE(connection_->Run("CREATE TABLE t (n int CHECK (n < 10))").ok());
  EXPECT_EQ(connection_->BeginCopy("COPY u FROM STDIN").code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(connection_->BeginCopy("COPY t FROM STDIN").ok());
  ASSERT_TRUE(connection_->SendCopy("1\n2\n").ok());
  const auto copied = connection_->EndCopy();
  ASSERT_TRUE(copied.ok()) << copied.status();
  EXPECT_EQ(*copied, 2);

  ASSERT_TRUE(connection_->BeginCopy("COPY t FROM STDIN").ok());
  const std::string row = "11\n";
  absl::Status status;
  for (int i = 0; i < 100'000 && status.ok(); ++i) status = connection_->SendCopy(row);
  if (status.ok()) status = connection_->EndCopy().status();
  EXPECT_EQ(SqlStateOf(status), "23514") << status;
  EXPECT_TRUE(connection_->Run("SELECT 1").ok());
}

TEST_F(PostgresTest, SaysUnavailableWhenTheServerEndsTheConnection) {
  const auto pid = connection_->Run("SELECT pg_backend_pid()");
  ASSERT_TRUE(pid.ok());
  database_->Query("SELECT pg_terminate_backend(" + std::string(pid->Text(0, 0)) + ", 5000)");
  EXPECT_EQ(connection_->Run("SELECT 1").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(connection_->IsOpen());
  EXPECT_EQ(connection_->Run("SELECT 1").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(connection_->BeginCopy("COPY t FROM STDIN").code(), absl::StatusCode::kUnavailable);
}

TEST_F(PostgresTest, BoundsStatementsAndLocks) {
  auto options = database_->ConnectionOptions();
  options.statement_timeout = absl::Milliseconds(50);
  options.lock_timeout = absl::Milliseconds(20);
  const auto bounded = Connection::Open(options);
  ASSERT_TRUE(bounded.ok());
  EXPECT_EQ(SqlStateOf((*bounded)->Run("SELECT pg_sleep(60)").status()), "57014");
  ASSERT_TRUE(connection_->Run("CREATE TABLE t (n int)").ok());
  ASSERT_TRUE(connection_->Run("BEGIN; LOCK TABLE t").ok());
  EXPECT_EQ(SqlStateOf((*bounded)->Run("SELECT * FROM t").status()), "55P03");
}

TEST_F(PostgresTest, SaysUnavailableWhenThereIsNoServer) {
  const auto connection = Connection::Open({.dsn = "host=/nowhere port=1"});
  EXPECT_EQ(connection.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace playhead::postgres
