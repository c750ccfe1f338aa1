#include "tests/support/test_database.h"

#include <libpq-fe.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status_macros.h"
#include "gtest/gtest.h"

namespace playhead::testing {
namespace {

using Settings = std::map<std::string, std::string>;

Settings BaseSettings() {
  Settings settings;
  const char* dsn = std::getenv("PLAYHEAD_TEST_DSN");
  char* error = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(dsn == nullptr ? "" : dsn, &error);
  for (PQconninfoOption* option = parsed; option != nullptr && option->keyword != nullptr;
       ++option) {
    if (option->val != nullptr) settings[option->keyword] = option->val;
  }
  PQconninfoFree(parsed);
  PQfreemem(error);
  return settings;
}

std::string Join(const Settings& settings) {
  std::string dsn;
  for (const auto& [name, value] : settings) {
    absl::StrAppend(&dsn, name, "='", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}),
                    "' ");
  }
  return dsn;
}

std::string RandomName() {
  std::random_device device;
  return absl::StrCat("playhead_test_", device(), "_", device());
}

std::string BaseValue(const std::string& name, const char* variable, const char* fallback) {
  const Settings settings = BaseSettings();
  if (const auto found = settings.find(name); found != settings.end()) return found->second;
  const char* value = std::getenv(variable);
  return value == nullptr ? fallback : value;
}

absl::Status RunAsAdministrator(const std::string& sql) {
  ASSIGN_OR_RETURN(const auto connection,
                   postgres::Connection::Open({.dsn = Join(BaseSettings())}));
  return connection->Run(sql).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TestDatabase>> TestDatabase::Create(const Options& options) {
  if (std::getenv("PLAYHEAD_TEST_DSN") == nullptr) {
    return absl::FailedPreconditionError(
        "PLAYHEAD_TEST_DSN is not set: give the connection string of a superuser of a PostgreSQL "
        "server for tests, such as \"host=/tmp/pg user=postgres dbname=postgres\"");
  }
  const std::string name = RandomName();
  RETURN_IF_ERROR(RunAsAdministrator(absl::StrCat("CREATE DATABASE ", name)));
  std::unique_ptr<TestDatabase> database(new TestDatabase(name));
  if (options.migrate) {
    std::string output;
    if (RunMigrations(database->Dsn(), MigrationsFolder(), output) != 0) {
      return absl::InternalError(output);
    }
  }
  return database;
}

TestDatabase::~TestDatabase() {
  connection_.reset();
  const absl::Status status =
      RunAsAdministrator(absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)"));
  EXPECT_TRUE(status.ok()) << status;
}

std::string TestDatabase::Dsn(const std::string& role) const {
  Settings settings = BaseSettings();
  settings["dbname"] = name_;
  if (!role.empty()) settings["options"] = absl::StrCat("-c role=", role);
  return Join(settings);
}

std::string TestDatabase::DsnThrough(int port, const std::string& role) const {
  Settings settings = BaseSettings();
  settings["dbname"] = name_;
  settings["options"] = absl::StrCat("-c role=", role);
  settings["host"] = "127.0.0.1";
  settings["port"] = absl::StrCat(port);
  settings["sslmode"] = "disable";
  settings["gssencmode"] = "disable";
  return Join(settings);
}

postgres::Options TestDatabase::ConnectionOptions(const std::string& role) const {
  return {.dsn = Dsn(role)};
}

std::unique_ptr<postgres::Connection> TestDatabase::Connect(const std::string& role) const {
  auto connection = postgres::Connection::Open(ConnectionOptions(role));
  EXPECT_TRUE(connection.ok()) << connection.status();
  return connection.ok() ? *std::move(connection) : nullptr;
}

std::vector<std::string> TestDatabase::Query(const std::string& sql) {
  if (connection_ == nullptr || !connection_->IsOpen()) connection_ = Connect();
  std::vector<std::string> lines;
  if (connection_ == nullptr) return lines;
  const auto rows = connection_->Run(sql);
  EXPECT_TRUE(rows.ok()) << rows.status() << "\n" << sql;
  if (!rows.ok()) return lines;
  for (int row = 0; row < rows->size(); ++row) {
    std::string& line = lines.emplace_back(rows->Text(row, 0));
    for (int column = 1; column < rows->columns(); ++column) {
      absl::StrAppend(&line, "|", std::string(rows->Text(row, column)));
    }
  }
  return lines;
}

std::string TestDatabase::Value(const std::string& sql) {
  const std::vector<std::string> lines = Query(sql);
  EXPECT_EQ(lines.size(), 1U) << sql;
  return lines.empty() ? "" : lines[0];
}

std::string TestDatabase::host() const {
  return BaseValue("host", "PGHOST", "/var/run/postgresql");
}

std::string TestDatabase::port() const { return BaseValue("port", "PGPORT", "5432"); }

int RunMigrations(const std::string& dsn, const std::string& folder, std::string& output) {
  const std::string command =
      absl::StrCat("PLAYHEAD_MIGRATIONS='", folder, "' '", PLAYHEAD_SOURCE_DIR,
                   "/deploy/migrate.sh' \"", absl::StrReplaceAll(dsn, {{"\"", "\\\""}}), "\" 2>&1");
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return -1;
  std::array<char, 4096> buffer{};
  std::size_t read = 0;
  while ((read = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    output.append(buffer.data(), read);
  }
  return pclose(pipe);
}

std::string MigrationsFolder() { return absl::StrCat(PLAYHEAD_SOURCE_DIR, "/deploy/migrations"); }

}  // namespace playhead::testing
