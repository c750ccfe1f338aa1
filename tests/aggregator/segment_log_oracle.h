#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "services/aggregator/segment_log.h"

namespace playhead::aggregator {

// Appends one batch and waits for the answer.
absl::Status AppendAndWait(LogAppender& log, int partition, std::string payload);

struct LogContents {
  std::vector<LogRecord> records;
  std::vector<LogGap> gaps;
};
// Everything from the first kept offsets to the end, of all partitions.
absl::StatusOr<LogContents> ReadEverything(EventSource& log);

// Knows which batches were sent and acked, and what readers were shown; says what a log has lost or
// invented.
class LogOracle {
 public:
  explicit LogOracle(int partition_count)
      : partition_count_(partition_count), shown_(static_cast<std::size_t>(partition_count)) {}

  // Sends batches of random size to random partitions, `count` of them, and returns when all are
  // answered.
  void AppendSome(LogAppender& log, int count, std::uint64_t seed, std::uint64_t max_bytes = 900);

  struct Verdict {
    int lost = 0;        // acked or shown to a reader, and not in the log
    int doubled = 0;     // twice in the log
    int invented = 0;    // never sent, or to another partition, or other bytes
    int disordered = 0;  // not in the order of sending, or offsets not dense
    int moved = 0;       // a reader has seen another batch at this offset
    bool IsClean() const { return lost + doubled + invented + disordered + moved == 0; }
  };
  // Compares, and remembers what is shown now. Everything acked must be there.
  Verdict Check(const LogContents& contents);

  int acked() const;

 private:
  struct Sent {
    int partition = 0;
    std::string payload;
    bool is_acked = false;
  };

  const int partition_count_;
  mutable absl::Mutex mutex_;
  std::vector<Sent> sent_;
  // By partition: offset to id.
  std::vector<std::map<std::int64_t, std::size_t>> shown_;
};

std::string ToString(const LogOracle::Verdict& verdict);

}  // namespace playhead::aggregator
