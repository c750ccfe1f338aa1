#include "common/postgres.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"
#include "common/strings.h"

namespace playhead::postgres {
namespace {

constexpr absl::Duration kAnswerMargin = absl::Seconds(5);

// libpq ends its messages with a newline.
std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

absl::Status ErrorOf(const PGresult* result) {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("postgres: ", ToAbsl(Trim(PQresultErrorMessage(result)))));
  }
  return ServerError(sqlstate, message == nullptr ? "" : message);
}

std::string SessionSettings(const Options& options) {
  return absl::StrCat(
      "SET search_path = public; SET synchronous_commit = on;",
      "SET client_encoding = 'UTF8'; SET datestyle = 'ISO'; SET timezone = 'UTC';",
      "SET statement_timeout = ", absl::ToInt64Milliseconds(options.statement_timeout),
      ";SET lock_timeout = ", absl::ToInt64Milliseconds(options.lock_timeout),
      ";SET idle_in_transaction_session_timeout = ",
      absl::ToInt64Milliseconds(options.idle_in_transaction_timeout));
}

pg_conn* Connect(const Options& options) {
  const std::string timeout =
      absl::StrCat(std::max<std::int64_t>(2, absl::ToInt64Seconds(options.connect_timeout)));
  // Defaults first: the connection string may override them.
  const std::array<const char*, 9> names = {"connect_timeout",
                                            "fallback_application_name",
                                            "keepalives_idle",
                                            "keepalives_interval",
                                            "keepalives_count",
                                            "tcp_user_timeout",
                                            "dbname",
                                            nullptr,
                                            nullptr};
  const std::array<const char*, 9> values = {timeout.c_str(),
                                             options.application_name.c_str(),
                                             "10",
                                             "5",
                                             "3",
                                             "20000",
                                             options.dsn.c_str(),
                                             nullptr,
                                             nullptr};
  return PQconnectdbParams(names.data(), values.data(), 1);
}

}  // namespace

Interrupt::Interrupt() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Interrupt::~Interrupt() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Interrupt::Set() {
  if (descriptor_ >= 0) eventfd_write(descriptor_, 1);
}

void Rows::Free::operator()(pg_result* result) const { PQclear(result); }
void Connection::Close::operator()(pg_conn* conn) const { PQfinish(conn); }

int Rows::size() const { return PQntuples(result_.get()); }

int Rows::columns() const { return PQnfields(result_.get()); }

bool Rows::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) == 1;
}

std::string_view Rows::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Rows::Int(int row, int column) const {
  const std::string_view text = Text(row, column);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view Rows::command() const { return PQcmdStatus(result_.get()); }

Connection::Connection(pg_conn* conn, const Options& options)
    : conn_(conn),
      patience_(absl::ToInt64Milliseconds(options.statement_timeout + kAnswerMargin)),
      interrupt_(options.interrupt) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Options& options) {
  std::unique_ptr<Connection> connection(new Connection(Connect(options), options));
  if (!connection->IsOpen()) return absl::ResourceExhaustedError("postgres: out of memory");
  pg_conn* conn = connection->conn_.get();
  if (PQstatus(conn) != CONNECTION_OK) {
    return absl::UnavailableError(absl::StrCat("postgres: ", ToAbsl(Trim(PQerrorMessage(conn)))));
  }
  PQsetNoticeProcessor(
      conn, [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(conn, 1) != 0) return connection->Lost("cannot be made non-blocking");
  if (auto settings = connection->Run(SessionSettings(options)); !settings.ok()) {
    return settings.status();
  }
  return connection;
}

absl::StatusOr<Rows> Connection::Run(const std::string& sql, std::span<const Param> params) {
  RETURN_IF_ERROR(Send(sql, params));
  return Finish();
}

absl::Status Connection::BeginCopy(const std::string& sql) {
  RETURN_IF_ERROR(Send(sql, {}));
  ASSIGN_OR_RETURN(const Rows rows, NextResult(NewDeadline()));
  if (PQresultStatus(rows.result_.get()) == PGRES_COPY_IN) return absl::OkStatus();
  const absl::Status status = ErrorOf(rows.result_.get());
  if (auto rest = Finish(); !rest.ok() && !IsOpen()) return rest.status();
  return status;
}

absl::Status Connection::SendCopy(std::string_view data) {
  if (!IsOpen()) return Lost("connection is lost");
  if (PQputCopyData(conn_.get(), data.data(), static_cast<int>(data.size())) == 1) return Flush();
  if (PQstatus(conn_.get()) == CONNECTION_BAD) return Lost(PQerrorMessage(conn_.get()));
  // The server has already ended the COPY with an error.
  ASSIGN_OR_RETURN(const Rows rows, Finish());
  return absl::InternalError("postgres: no COPY in progress");
}

absl::StatusOr<std::int64_t> Connection::EndCopy() {
  if (!IsOpen()) return Lost("connection is lost");
  if (PQputCopyEnd(conn_.get(), nullptr) != 1 && PQstatus(conn_.get()) == CONNECTION_BAD) {
    return Lost(PQerrorMessage(conn_.get()));
  }
  ASSIGN_OR_RETURN(const Rows rows, Finish());
  return rows.affected();
}

absl::Status Connection::Send(const std::string& sql, std::span<const Param> params) {
  if (!IsOpen()) return Lost("connection is lost");
  std::vector<const char*> values;
  values.reserve(params.size());
  for (const Param& param : params) values.push_back(param ? param->c_str() : nullptr);
  const int sent =
      params.empty() ? PQsendQuery(conn_.get(), sql.c_str())
                     : PQsendQueryParams(conn_.get(), sql.c_str(), static_cast<int>(values.size()),
                                         nullptr, values.data(), nullptr, nullptr, 0);
  return sent == 1 ? absl::OkStatus() : Lost(PQerrorMessage(conn_.get()));
}

absl::StatusOr<Rows> Connection::NextResult(Deadline deadline) {
  while (true) {
    const int unsent = PQflush(conn_.get());
    if (unsent < 0) return Lost(PQerrorMessage(conn_.get()));
    if (PQisBusy(conn_.get()) == 0) return Rows(PQgetResult(conn_.get()));
    RETURN_IF_ERROR(WaitForSocket(unsent == 1, deadline));
  }
}

absl::StatusOr<Rows> Connection::Finish() {
  const Deadline deadline = NewDeadline();
  Rows last(nullptr);
  absl::Status first_error;
  while (true) {
    ASSIGN_OR_RETURN(Rows rows, NextResult(deadline));
    if (rows.result_ == nullptr) break;
    const ExecStatusType status = PQresultStatus(rows.result_.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && first_error.ok()) {
      first_error = ErrorOf(rows.result_.get());
    }
    last = std::move(rows);
    if (PQstatus(conn_.get()) == CONNECTION_BAD) break;
  }
  if (PQstatus(conn_.get()) == CONNECTION_BAD) conn_.reset();
  if (!first_error.ok()) return first_error;
  return last;
}

absl::Status Connection::Flush() {
  const Deadline deadline = NewDeadline();
  while (true) {
    const int unsent = PQflush(conn_.get());
    if (unsent < 0) return Lost(PQerrorMessage(conn_.get()));
    if (unsent == 0) return absl::OkStatus();
    RETURN_IF_ERROR(WaitForSocket(true, deadline));
  }
}

absl::Status Connection::WaitForSocket(bool to_write, Deadline deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) return Lost("no answer in time");
  const auto wanted = static_cast<short>(POLLIN | (to_write ? POLLOUT : 0));
  const int interrupt = interrupt_ == nullptr ? -1 : interrupt_->descriptor();
  // A negative descriptor is passed over.
  std::array<pollfd, 2> sockets = {{{.fd = PQsocket(conn_.get()), .events = wanted, .revents = 0},
                                    {.fd = interrupt, .events = POLLIN, .revents = 0}}};
  const int ready = poll(sockets.data(), sockets.size(), static_cast<int>(left.count()));
  if (ready < 0) return errno == EINTR ? absl::OkStatus() : Lost("poll failed");
  if (sockets[1].revents != 0) {
    Cancel();
    return Lost("interrupted");
  }
  const pollfd& socket = sockets[0];
  if ((socket.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && PQconsumeInput(conn_.get()) != 1) {
    return Lost(PQerrorMessage(conn_.get()));
  }
  return absl::OkStatus();
}

void Connection::Cancel() {
  std::array<char, 256> error;
  PGcancel* const cancel = PQgetCancel(conn_.get());
  if (cancel == nullptr) return;
  // A server that does not hear this ends the statement at its own timeout.
  (void)PQcancel(cancel, error.data(), static_cast<int>(error.size()));
  PQfreeCancel(cancel);
}

absl::Status Connection::Lost(std::string_view why) {
  const absl::Status status = absl::UnavailableError(absl::StrCat("postgres: ", ToAbsl(Trim(why))));
  conn_.reset();
  return status;
}

Connection::Deadline Connection::NewDeadline() const {
  return std::chrono::steady_clock::now() + patience_;
}

std::string ArrayOf(std::span<const std::int64_t> values) {
  return absl::StrCat("{", absl::StrJoin(values, ","), "}");
}

std::string ArrayOf(std::span<const std::string> values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out.push_back(',');
    out.push_back('"');
    for (const char c : value) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  out.push_back('}');
  return out;
}

}  // namespace playhead::postgres
