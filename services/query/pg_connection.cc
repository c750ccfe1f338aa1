#include "services/query/pg_connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

std::string Trimmed(const char* message) {
  return std::string(ToStd(absl::StripAsciiWhitespace(message == nullptr ? "" : message)));
}

// OK when the socket is ready.
absl::Status WaitForSocket(int socket, bool for_write, absl::Time deadline) {
  pollfd watched{
      .fd = socket, .events = static_cast<short>(for_write ? POLLOUT : POLLIN), .revents = 0};
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return DeadlineExceeded("the database");
    const auto ms = std::clamp<std::int64_t>(absl::ToInt64Milliseconds(left) + 1, 1, 60'000);
    const int ready = poll(&watched, 1, static_cast<int>(ms));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return DatabaseUnavailable("poll failed");
  }
}

}  // namespace

void PgConnection::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

absl::StatusOr<std::unique_ptr<PgConnection>> PgConnection::Open(const std::string& dsn,
                                                                 absl::Time deadline) {
  const std::array keywords = {"dbname", "fallback_application_name", "client_encoding",
                               static_cast<const char*>(nullptr)};
  const std::array values = {dsn.c_str(), "playhead-query", "UTF8",
                             static_cast<const char*>(nullptr)};
  pg_conn* raw = PQconnectStartParams(keywords.data(), values.data(), 1);
  if (raw == nullptr) return DatabaseUnavailable("out of memory");
  std::unique_ptr<PgConnection> connection(new PgConnection(raw));
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status != PGRES_POLLING_OK) {
    if (status == PGRES_POLLING_FAILED || PQstatus(raw) == CONNECTION_BAD) {
      return DatabaseUnavailable(Trimmed(PQerrorMessage(raw)));
    }
    RETURN_IF_ERROR(WaitForSocket(PQsocket(raw), status == PGRES_POLLING_WRITING, deadline));
    status = PQconnectPoll(raw);
  }
  if (PQsetnonblocking(raw, 1) != 0) return DatabaseUnavailable("cannot be set to not block");
  return connection;
}

bool PgConnection::IsStale() const {
  pollfd watched{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 0) != 0;
}

absl::Status PgConnection::Lost() {
  is_broken_ = true;
  return DatabaseUnavailable(Trimmed(PQerrorMessage(connection_.get())));
}

absl::Status PgConnection::Wait(bool for_write, absl::Time deadline) {
  const absl::Status status = WaitForSocket(PQsocket(connection_.get()), for_write, deadline);
  if (!status.ok()) is_broken_ = true;
  return status;
}

absl::StatusOr<std::vector<SqlRow>> PgConnection::Run(const Statement& statement,
                                                      absl::Time deadline) {
  std::vector<const char*> values;
  for (const SqlValue& value : statement.parameters) {
    values.push_back(value.has_value() ? value->c_str() : nullptr);
  }
  if (PQsendQueryParams(connection_.get(), statement.sql.c_str(), static_cast<int>(values.size()),
                        nullptr, values.data(), nullptr, nullptr, 0) == 0) {
    return Lost();
  }
  for (int left = PQflush(connection_.get()); left != 0; left = PQflush(connection_.get())) {
    if (left < 0) return Lost();
    RETURN_IF_ERROR(Wait(true, deadline));
  }
  return Receive(deadline);
}

absl::StatusOr<std::vector<SqlRow>> PgConnection::Receive(absl::Time deadline) {
  std::vector<SqlRow> rows;
  absl::Status status;
  while (true) {
    while (PQisBusy(connection_.get()) != 0) {
      RETURN_IF_ERROR(Wait(false, deadline));
      if (PQconsumeInput(connection_.get()) == 0) return Lost();
    }
    const Result result(PQgetResult(connection_.get()));
    if (result == nullptr) break;
    const ExecStatusType kind = PQresultStatus(result.get());
    if (kind != PGRES_TUPLES_OK && kind != PGRES_COMMAND_OK) {
      if (status.ok()) status = Failed(result.get());
      continue;
    }
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      SqlRow& values = rows.emplace_back();
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        if (PQgetisnull(result.get(), row, column) != 0) {
          values.emplace_back(std::nullopt);
        } else {
          values.emplace_back(PQgetvalue(result.get(), row, column));
        }
      }
    }
  }
  if (!status.ok()) return status;
  return rows;
}

absl::Status PgConnection::Failed(pg_result* result) {
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return Lost();
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  const std::string message = Trimmed(PQresultErrorMessage(result));
  if (state == "57014") return DeadlineExceeded("the database");
  const bool is_unavailable = state.starts_with("080") || state.starts_with("53") ||
                              state.starts_with("57P") || state.starts_with("40") ||
                              state == "55P03" || state == "25006";
  if (is_unavailable) {
    is_broken_ = true;
    return DatabaseUnavailable(message);
  }
  return absl::InternalError(absl::StrCat("postgres ", ToAbsl(state), ": ", message));
}

}  // namespace playhead::query
