#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/catalog.h"
#include "common/postgres.h"
#include "tests/support/test_database.h"

namespace playhead::query {

// One accepted event, as facts would hold it: a count, or measures of its own.
struct TestEvent {
  int partner = 0;
  absl::Time minute;
  int ten_seconds = 0;  // of the minute, from 0
  // By catalog::Dimension; the error code only of single events.
  std::array<std::string, catalog::kDimensionCount> dimensions;
  int event_type = 0;
  std::int64_t play_time_ms = 0;
  std::int64_t bitrate_bps = 0;
  std::int64_t session = 1;
  std::int64_t viewer = 1;
  std::int64_t known_user = 0;

  const std::string& dimension(catalog::Dimension d) const {
    return dimensions[static_cast<std::size_t>(d)];
  }
  std::string& dimension(catalog::Dimension d) { return dimensions[static_cast<std::size_t>(d)]; }
  // On ten seconds.
  absl::Time Instant() const { return minute + absl::Seconds(10 * ten_seconds); }
  bool HasViewer() const { return event_type == 3 || event_type == 4 || event_type == 99; }
  std::int64_t Measure(catalog::Measure measure) const;
};

// A database of its own, with the tables that query reads, dropped at the end. Aborts the test
// program with a message when PLAYHEAD_TEST_DSN is missing or the database cannot be used.
class TestStore {
 public:
  TestStore();
  ~TestStore();

  // Of the roles that query uses: bound to a partner, and not.
  std::string dsn() const;
  std::string dsn_all() const;
  // Runs one statement or several; the rows are those of the last.
  postgres::Rows Exec(const std::string& sql);

  // What the aggregator commits as one epoch: facts, every rollup with a minute tier, and
  // audiences. Returns its id.
  std::int64_t Commit(const std::vector<TestEvent>& events);
  // Folds these epochs of tier 0 into quarters, with the peaks of those that they touch, or of tier
  // 1 into days of each partner's zone. Returns the fold's id.
  std::int64_t FoldQuarters(const std::vector<std::int64_t>& epochs);
  std::int64_t FoldDays(const std::vector<std::int64_t>& epochs,
                        const std::map<int, std::string>& zones);

  void SetOffset(int partition, std::int64_t next, absl::Time through);
  void SetZone(int partner, const std::string& zone, std::int64_t zone_epoch_id);
  // As if a later release had added the rollup; `audience` stands for all audiences.
  void SetCompleteAfter(const std::string& rollup, absl::Time bucket);

 private:
  std::int64_t NewEpoch(int tier);
  void SetBuckets(std::int64_t epoch, const std::string& table);

  void EnsurePartitions(absl::Time bucket);
  void CommitAudiences(std::int64_t epoch, const std::vector<TestEvent>& events);
  void FoldPeaks(std::int64_t fold, const std::vector<std::int64_t>& epochs);

  std::unique_ptr<playhead::testing::TestDatabase> database_;
  std::set<std::int64_t> ensured_;  // days
  std::unique_ptr<postgres::Connection> connection_;
};

}  // namespace playhead::query
