#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/query/pg_connection.h"

namespace playhead::query {

// At most `size` connections of one DSN, opened when needed and kept. Safe to call from many
// threads; must outlive its leases.
class PgPool {
 public:
  PgPool(std::string dsn, int size) : dsn_(std::move(dsn)), free_slots_(size) {}

  // A connection for one user; goes back to the pool, or is closed when it is broken, at the end of
  // the lease.
  class Lease {
   public:
    Lease(PgPool* pool, std::unique_ptr<PgConnection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    PgConnection& operator*() const { return *connection_; }
    PgConnection* operator->() const { return connection_.get(); }

   private:
    PgPool* pool_;
    std::unique_ptr<PgConnection> connection_;
  };
  // Waits for a free connection until `deadline`: DEADLINE; DATABASE_UNAVAILABLE.
  absl::StatusOr<Lease> Acquire(absl::Time deadline);

 private:
  void Return(std::unique_ptr<PgConnection> connection);

  const std::string dsn_;
  absl::Mutex mutex_;
  int free_slots_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<PgConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace playhead::query
