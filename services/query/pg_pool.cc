#include "services/query/pg_pool.h"

#include <utility>

#include "absl/time/clock.h"
#include "services/query/errors.h"

namespace playhead::query {

PgPool::PgPool(const std::string& dsn, int size)
    : options_{.dsn = dsn, .application_name = "playhead-query", .lock_timeout = absl::Minutes(1)},
      free_slots_(size) {}

PgPool::Lease::~Lease() {
  if (connection_ != nullptr) pool_->Return(std::move(connection_));
}

absl::StatusOr<PgPool::Lease> PgPool::Acquire(absl::Time deadline) {
  std::unique_ptr<postgres::Connection> connection;
  {
    const absl::MutexLock lock(&mutex_);
    const auto has_slot = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return free_slots_ > 0; };
    if (!mutex_.AwaitWithDeadline(absl::Condition(&has_slot), deadline)) {
      return DeadlineExceeded("waiting for a database connection");
    }
    --free_slots_;
    while (connection == nullptr && !idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->IsStale()) connection.reset();
    }
  }
  if (connection == nullptr) {
    auto opened = postgres::Connection::Open(options_, deadline);
    if (!opened.ok()) {
      Return(nullptr);
      return OfPostgres(opened.status());
    }
    connection = *std::move(opened);
  }
  return Lease(this, std::move(connection));
}

void PgPool::Return(std::unique_ptr<postgres::Connection> connection) {
  const absl::MutexLock lock(&mutex_);
  ++free_slots_;
  if (connection != nullptr && connection->IsOpen()) idle_.push_back(std::move(connection));
}

}  // namespace playhead::query
