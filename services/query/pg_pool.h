#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/postgres.h"

namespace playhead::query {

// At most `size` connections of one DSN, opened when needed and kept. Safe to call from many
// threads; must outlive its leases.
class PgPool {
 public:
  PgPool(const std::string& dsn, int size);

  // A connection for one user; goes back to the pool, or is closed when it is lost, at the end of
  // the lease.
  class Lease {
   public:
    Lease(PgPool* pool, std::unique_ptr<postgres::Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    postgres::Connection& operator*() const { return *connection_; }
    postgres::Connection* operator->() const { return connection_.get(); }

   private:
    PgPool* pool_;
    std::unique_ptr<postgres::Connection> connection_;
  };
  // Waits for a free connection until `deadline`. DEADLINE; DATABASE_UNAVAILABLE.
  absl::StatusOr<Lease> Acquire(absl::Time deadline);

 private:
  void Return(std::unique_ptr<postgres::Connection> connection);

  const postgres::Options options_;
  absl::Mutex mutex_;
  int free_slots_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<postgres::Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::query
