#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sqlstate.h"

struct pg_conn;
struct pg_result;

namespace playhead::postgres {

// Ends the statements of the connections that have it in their options, now and for ever. Safe to
// use from any thread.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  void Set();
  // Readable once it is set; -1: there was none to be had, and Set does nothing.
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

struct Options {
  // A libpq connection string; PG* variables fill the gaps.
  std::string dsn;
  std::string application_name = "playhead";
  absl::Duration connect_timeout = absl::Seconds(5);
  // Of one statement. The connection is dropped when the server has not answered 5 s later.
  absl::Duration statement_timeout = absl::Seconds(60);
  absl::Duration lock_timeout = absl::Seconds(10);
  absl::Duration idle_in_transaction_timeout = absl::Seconds(30);
  // A statement that it ends is cancelled at the server; the connection is lost.
  std::shared_ptr<const Interrupt> interrupt = nullptr;
};

// A value of $1, $2, ... in text form; nullopt: NULL.
using Param = std::optional<std::string>;

// The rows that a statement returned, in text form.
class Rows {
 public:
  int size() const;
  int columns() const;
  bool IsNull(int row, int column) const;
  // Empty for NULL. Valid as long as the Rows.
  std::string_view Text(int row, int column) const;
  // Of integer columns; 0 for NULL.
  std::int64_t Int(int row, int column) const;
  // Rows touched by INSERT, UPDATE, DELETE or COPY.
  std::int64_t affected() const;
  // `INSERT 0 1`, `COMMIT`, ...
  std::string_view command() const;

 private:
  friend class Connection;
  struct Free {
    void operator()(pg_result* result) const;
  };
  explicit Rows(pg_result* result) : result_(result) {}
  std::unique_ptr<pg_result, Free> result_;
};

// One connection. Used by one thread at a time. Errors are those of CodeOfSqlState; Unavailable
// without a SQLSTATE means that the connection is lost and the fate of the statement unknown.
class Connection {
 public:
  // Unavailable: not reached, or refused.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False after the connection was lost; it does not come back.
  bool IsOpen() const { return conn_ != nullptr; }

  // Runs one statement. Without parameters, `sql` may be several; the rows are those of the last.
  absl::StatusOr<Rows> Run(const std::string& sql, std::span<const Param> params = {});

  // COPY ... FROM STDIN: Begin, any number of Send, End (rows copied). An error of any of them ends
  // the COPY.
  absl::Status BeginCopy(const std::string& sql);
  absl::Status SendCopy(std::string_view data);
  absl::StatusOr<std::int64_t> EndCopy();

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  Connection(pg_conn* conn, const Options& options);
  absl::Status Send(const std::string& sql, std::span<const Param> params);
  // The next result of the statement that was sent; null after the last.
  absl::StatusOr<Rows> NextResult(Deadline deadline);
  // The last result; the first error.
  absl::StatusOr<Rows> Finish();
  // Sends what is buffered while it takes the answers that come meanwhile.
  absl::Status Flush();
  absl::Status WaitForSocket(bool to_write, Deadline deadline);
  // Asks the server to end the statement, for it would go on without the connection.
  void Cancel();
  absl::Status Lost(std::string_view why);
  Deadline NewDeadline() const;

  struct Close {
    void operator()(pg_conn* conn) const;
  };
  std::unique_ptr<pg_conn, Close> conn_;
  const std::chrono::milliseconds patience_;
  const std::shared_ptr<const Interrupt> interrupt_;
};

// `{1,2}`: an array parameter.
std::string ArrayOf(std::span<const std::int64_t> values);
std::string ArrayOf(std::span<const std::string> values);

}  // namespace playhead::postgres
