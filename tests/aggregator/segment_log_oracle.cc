#include "tests/aggregator/segment_log_oracle.h"

#include <random>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/status_macros.h"

namespace playhead::aggregator {

absl::Status AppendAndWait(LogAppender& log, int partition, std::string payload) {
  absl::Notification answered;
  absl::Status answer;
  log.Append({{.partition = partition, .payload = std::move(payload)}}, [&](absl::Status status) {
    answer = std::move(status);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

absl::StatusOr<LogContents> ReadEverything(EventSource& log) {
  std::vector<PartitionOffset> from;
  for (int p = 0; p < log.PartitionCount(); ++p) {
    ASSIGN_OR_RETURN(const EventSource::Bounds bounds, log.GetBounds(p));
    from.push_back({p, bounds.first});
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, log.OpenReader(std::move(from)));
  LogContents contents;
  while (true) {
    ASSIGN_OR_RETURN(LogChunk chunk, reader->Read(1 << 20, absl::ZeroDuration()));
    std::move(chunk.records.begin(), chunk.records.end(), std::back_inserter(contents.records));
    contents.gaps.insert(contents.gaps.end(), chunk.gaps.begin(), chunk.gaps.end());
    if (chunk.at_end) return contents;
  }
}

void LogOracle::AppendSome(LogAppender& log, int count, std::uint64_t seed,
                           std::uint64_t max_bytes) {
  std::mt19937_64 random(seed);
  absl::BlockingCounter unanswered(count);
  for (int i = 0; i < count; ++i) {
    std::size_t id = 0;
    LogAppend batch;
    {
      const absl::MutexLock lock(&mutex_);
      id = sent_.size();
      batch.partition = static_cast<int>(random() % static_cast<std::uint64_t>(partition_count_));
      batch.payload = absl::StrCat(id, ":");
      batch.payload.append(random() % max_bytes, static_cast<char>('a' + random() % 26));
      sent_.push_back({.partition = batch.partition, .payload = batch.payload});
    }
    log.Append({std::move(batch)}, [this, id, &unanswered](const absl::Status& status) {
      {
        const absl::MutexLock lock(&mutex_);
        sent_[id].is_acked = status.ok();
      }
      unanswered.DecrementCount();
    });
  }
  unanswered.Wait();
}

LogOracle::Verdict LogOracle::Check(const LogContents& contents) {
  const absl::MutexLock lock(&mutex_);
  Verdict verdict;
  std::set<std::size_t> found;
  std::set<std::size_t> was_shown;
  for (const auto& partition : shown_) {
    for (const auto& [offset, id] : partition) was_shown.insert(id);
  }
  std::vector<std::map<std::int64_t, std::int64_t>> ranges(shown_.size());
  std::vector<std::int64_t> last_id(shown_.size(), -1);
  for (const LogGap& gap : contents.gaps) {
    ranges[static_cast<std::size_t>(gap.partition)][gap.first] = gap.next;
  }
  for (const LogRecord& record : contents.records) {
    const auto p = static_cast<std::size_t>(record.partition);
    std::size_t id = 0;
    if (!absl::SimpleAtoi(record.payload.substr(0, record.payload.find(':')), &id) ||
        id >= sent_.size() || sent_[id].payload != record.payload ||
        sent_[id].partition != record.partition) {
      ++verdict.invented;
      continue;
    }
    if (!found.insert(id).second) ++verdict.doubled;
    if (static_cast<std::int64_t>(id) <= last_id[p]) ++verdict.disordered;
    last_id[p] = static_cast<std::int64_t>(id);
    if (!ranges[p].emplace(record.offset, record.offset + 1).second) ++verdict.disordered;
    const auto [shown, is_new] = shown_[p].emplace(record.offset, id);
    if (!is_new && shown->second != id) ++verdict.moved;
  }
  for (std::size_t id = 0; id < sent_.size(); ++id) {
    if ((sent_[id].is_acked || was_shown.contains(id)) && !found.contains(id)) ++verdict.lost;
  }
  for (const auto& partition : ranges) {
    std::int64_t expected = partition.empty() ? 0 : partition.begin()->first;
    for (const auto& [first, next] : partition) {
      if (first != expected) ++verdict.disordered;
      expected = next;
    }
  }
  return verdict;
}

int LogOracle::acked() const {
  const absl::MutexLock lock(&mutex_);
  int count = 0;
  for (const Sent& sent : sent_) count += sent.is_acked ? 1 : 0;
  return count;
}

std::string ToString(const LogOracle::Verdict& verdict) {
  return absl::StrCat("lost ", verdict.lost, ", doubled ", verdict.doubled, ", invented ",
                      verdict.invented, ", disordered ", verdict.disordered, ", moved ",
                      verdict.moved);
}

}  // namespace playhead::aggregator
