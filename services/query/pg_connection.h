#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/query/rollup_reader.h"

struct pg_conn;
struct pg_result;

namespace playhead::query {

// One connection to PostgreSQL. Used by one thread at a time. Every call ends by its deadline; a
// call that did not leaves the connection broken. Errors: DATABASE_UNAVAILABLE, DEADLINE, or
// Internal with the server's message.
class PgConnection {
 public:
  // `dsn`: a libpq connection string; PG* variables fill the gaps.
  static absl::StatusOr<std::unique_ptr<PgConnection>> Open(const std::string& dsn,
                                                            absl::Time deadline);

  absl::StatusOr<std::vector<SqlRow>> Run(const Statement& statement, absl::Time deadline);

  // It cannot be used any more.
  bool IsBroken() const { return is_broken_; }

  // Between calls: the server has ended it, or said something that nobody asked for.
  bool IsStale() const;

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  explicit PgConnection(pg_conn* connection) : connection_(connection) {}
  absl::Status Wait(bool for_write, absl::Time deadline);
  absl::StatusOr<std::vector<SqlRow>> Receive(absl::Time deadline);
  absl::Status Failed(pg_result* result);
  absl::Status Lost();

  std::unique_ptr<pg_conn, Close> connection_;
  bool is_broken_ = false;
};

}  // namespace playhead::query
