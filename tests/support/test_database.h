#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/postgres.h"

namespace playhead::testing {

// A database of its own with a random name on the server of PLAYHEAD_TEST_DSN (a superuser's),
// migrated; dropped by the destructor, whoever is still connected.
class TestDatabase {
 public:
  struct Options {
    // Otherwise the database is empty.
    bool migrate = true;
  };

  // FailedPrecondition: PLAYHEAD_TEST_DSN is not set.
  static absl::StatusOr<std::unique_ptr<TestDatabase>> Create(const Options& options);
  static absl::StatusOr<std::unique_ptr<TestDatabase>> Create() { return Create(Options{}); }
  ~TestDatabase();

  // As the superuser, or as if `role` had logged in.
  std::string Dsn(const std::string& role = "") const;
  // The same through a proxy on 127.0.0.1.
  std::string DsnThrough(int port, const std::string& role) const;
  postgres::Options ConnectionOptions(const std::string& role = "") const;
  std::unique_ptr<postgres::Connection> Connect(const std::string& role = "") const;

  // Rows of a statement by the superuser, values joined by '|'. A failure is added to the running
  // test.
  std::vector<std::string> Query(const std::string& sql);
  // The only value of the only row.
  std::string Value(const std::string& sql);

  // Where the server listens: a path of a unix socket, or a host, and the port.
  std::string host() const;
  std::string port() const;

 private:
  explicit TestDatabase(std::string name) : name_(std::move(name)) {}
  const std::string name_;
  std::unique_ptr<postgres::Connection> connection_;
};

// Runs deploy/migrate.sh on a connection string; the text that it prints goes to `output`.
int RunMigrations(const std::string& dsn, const std::string& folder, std::string& output);
// deploy/migrations
std::string MigrationsFolder();

}  // namespace playhead::testing
