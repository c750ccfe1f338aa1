#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/ingest/geo_file.h"
#include "services/ingest/ingest_metrics.h"

namespace playhead::ingest {

struct GeoOptions {
  // Of countries, regions and cities; of networks' owners. The first file that knows an address
  // counts. Both empty: nothing is ever found.
  std::vector<std::string> city_files;
  std::vector<std::string> asn_files;
  // How often files are looked at; zero: only by CheckFiles.
  absl::Duration check_interval = absl::Seconds(5);
};

// Finds places of addresses in files that may be replaced at any time. Safe from any thread.
class Geo {
 public:
  // InvalidArgument, NotFound: a file that cannot be used. `metrics` must outlive it.
  static absl::StatusOr<std::unique_ptr<Geo>> Open(const GeoOptions& options,
                                                   IngestMetrics& metrics);
  ~Geo();
  Geo(const Geo&) = delete;
  Geo& operator=(const Geo&) = delete;

  Place FindPlace(const IpAddress& address) const;
  std::string FindIsp(const IpAddress& address) const;

  // Takes a file that has changed and is the same in two calls on end, so that it is not read while
  // it is written. One that is corrupt or gone is counted and logged once; what was read before
  // goes on.
  void CheckFiles();

 private:
  // What changes when a file is replaced.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;  // -1: there is no file
    std::int64_t changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Watched {
    std::string path;
    Stamp taken;   // when it was last read, or refused
    Stamp latest;  // at the last look
  };
  using Files = std::vector<std::shared_ptr<const GeoFile>>;

  Geo(const GeoOptions& options, IngestMetrics& metrics);

  static Stamp StampOf(const std::string& path);
  absl::Status OpenAll();
  void Take(std::size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(check_mutex_);
  void Publish(Files files) ABSL_LOCKS_EXCLUDED(mutex_);
  void Run(absl::Duration interval);
  std::shared_ptr<const Files> GetFiles() const;

  IngestMetrics& metrics_;
  const std::size_t city_count_;
  absl::Mutex check_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::vector<Watched> watched_ ABSL_GUARDED_BY(check_mutex_);  // city files first

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Files> files_ ABSL_GUARDED_BY(mutex_);  // as watched_
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace playhead::ingest
