#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "services/aggregator/log/segment_log.h"
#include "tests/aggregator/segment_log_oracle.h"
#include "tests/support/fault_files.h"

namespace playhead::aggregator {
namespace {

constexpr int kPartitions = 3;

// How many damages of each kind; more by the environment than fit into every run.
int Damages(int fallback) {
  const char* count = std::getenv("PLAYHEAD_DAMAGES");
  return count != nullptr ? std::atoi(count) : fallback;
}

// A log of several segments as it lies there after kill -9, to be damaged in many ways.
class SegmentLogDamageTest : public testing::Test {
 protected:
  SegmentLogDamageTest() : SegmentLogDamageTest(20'000, 150, 900) {}
  SegmentLogDamageTest(std::uint64_t segment_bytes, int batches, std::uint64_t max_bytes)
      : options_{.directory = "/log",
                 .partition_count = kPartitions,
                 .segment_bytes = segment_bytes,
                 .group_bytes = 2'000,
                 .min_free_bytes = 0} {
    FaultFiles files(1);
    const auto log = OpenSegmentLog(options_, files, absl::Now);
    EXPECT_TRUE(log.ok()) << log.status();
    oracle_.AppendSome(**log, batches, 1, max_bytes);
    original_ = ReadEverything(**log).value();
    files.Kill();
    contents_ = files.Snapshot();
    for (const auto& [path, bytes] : contents_) {
      if (path.ends_with(".segment")) segments_.push_back(path);
    }
  }

  // Opens the damaged log, checks what always holds, and returns what can be read.
  LogContents OpenDamaged(const FaultFiles::Contents& damaged, const std::string& what) {
    FaultFiles files(1);
    files.Restore(damaged);
    LogContents contents;
    {
      const auto log = OpenSegmentLog(options_, files, absl::Now);
      EXPECT_TRUE(log.ok()) << what << ": " << log.status();
      if (!log.ok()) return contents;
      contents = Read(**log, what);
      CheckSubset(contents, what);
      // It takes batches again, and numbers them densely.
      for (int p = 0; p < kPartitions; ++p) {
        EXPECT_TRUE(AppendAndWait(**log, p, "new").ok()) << what;
      }
      const LogContents more = Read(**log, what);
      EXPECT_EQ(more.records.size(), contents.records.size() + kPartitions) << what;
    }
    return contents;
  }

  static LogContents Read(SegmentLog& log, const std::string& what) {
    auto contents = ReadEverything(log);
    EXPECT_TRUE(contents.ok()) << what << ": " << contents.status();
    return contents.ok() ? *std::move(contents) : LogContents{};
  }

  // Every record is as it was, and records and gaps make dense offsets.
  void CheckSubset(const LogContents& contents, const std::string& what) {
    LogOracle::Verdict verdict = oracle_.Check(contents);
    verdict.lost = 0;
    EXPECT_TRUE(verdict.IsClean()) << what << ": " << ToString(verdict);
    for (const LogRecord& record : contents.records) {
      const auto same =
          std::find_if(original_.records.begin(), original_.records.end(), [&](const LogRecord& o) {
            return o.partition == record.partition && o.offset == record.offset;
          });
      ASSERT_NE(same, original_.records.end()) << what;
      ASSERT_EQ(same->payload, record.payload) << what;
      ASSERT_EQ(same->append_time_ms, record.append_time_ms) << what;
    }
  }

  std::size_t Lost(const LogContents& contents) const {
    return original_.records.size() - contents.records.size();
  }

  SegmentLogOptions options_;
  LogOracle oracle_{kPartitions};
  LogContents original_;
  FaultFiles::Contents contents_;
  std::vector<std::string> segments_;  // paths
};

TEST_F(SegmentLogDamageTest, OffsetsThatAreUsedAgainAreTold) {
  FaultFiles::Contents damaged = contents_;
  std::string& last = damaged[segments_.back()];
  last.resize(last.size() - 8);
  FaultFiles files(1);
  files.Restore(damaged);
  const auto log = OpenSegmentLog(options_, files, absl::Now);
  ASSERT_TRUE(log.ok()) << log.status();
  for (int p = 0; p < kPartitions; ++p) {
    const std::int64_t opened = (*log)->GetBounds(p)->next;
    EXPECT_EQ((*log)->GetBounds(p)->trusted_next, opened);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(AppendAndWait(**log, p, "new").ok());
    EXPECT_EQ((*log)->GetBounds(p)->next, opened + 3);
    EXPECT_EQ((*log)->GetBounds(p)->trusted_next, opened);
    (*log)->SetCommitted(p, opened + 2);
    EXPECT_EQ((*log)->GetBounds(p)->trusted_next, opened + 2);
  }
}

// One segment, so that there are 64 KiB to truncate.
class SegmentLogTruncationTest : public SegmentLogDamageTest,
                                 public testing::WithParamInterface<std::size_t> {
 protected:
  static constexpr std::size_t kPartBytes = 4096;

  SegmentLogTruncationTest() : SegmentLogDamageTest(1 << 20, 45, 4000) {}
};

TEST_P(SegmentLogTruncationTest, KeepsThePrefixAtEveryLength) {
  const std::size_t size = contents_[segments_.back()].size();
  ASSERT_GT(size, 64u << 10);
  const std::size_t part = GetParam() * kPartBytes;
  std::optional<std::size_t> last;
  for (std::size_t cut = part; cut <= part + kPartBytes; ++cut) {
    FaultFiles::Contents damaged = contents_;
    damaged[segments_.back()].resize(size - cut);
    FaultFiles files(1);
    files.Restore(damaged);
    const auto log = OpenSegmentLog(options_, files, absl::Now);
    ASSERT_TRUE(log.ok()) << cut << ": " << log.status();
    const auto contents = ReadEverything(**log);
    ASSERT_TRUE(contents.ok()) << contents.status();
    ASSERT_TRUE(contents->gaps.empty()) << cut;
    // The longest prefix: one record goes at a time.
    const std::size_t kept = contents->records.size();
    if (last) {
      ASSERT_LE(kept, *last) << cut;
      ASSERT_GE(kept + 1, *last) << cut;
    }
    last = kept;
    for (std::size_t i = 0; i < kept; ++i) {
      ASSERT_EQ(contents->records[i].payload, original_.records[i].payload) << cut;
    }
  }
  EXPECT_LT(*last, original_.records.size());
}

// 64 KiB in parts that can run side by side.
INSTANTIATE_TEST_SUITE_P(Parts, SegmentLogTruncationTest, testing::Range<std::size_t>(0, 16));

TEST_F(SegmentLogDamageTest, KeepsEverythingAfterAKill) {
  const LogContents contents = OpenDamaged(contents_, "as it is");
  EXPECT_EQ(Lost(contents), 0u);
  EXPECT_TRUE(contents.gaps.empty());
}

TEST_F(SegmentLogDamageTest, LosesAtMostTheBatchOfAFlippedBit) {
  std::mt19937_64 random(2);
  std::size_t lost = 0;
  for (int i = 0; i < Damages(3000); ++i) {
    FaultFiles::Contents damaged = contents_;
    auto it = std::next(damaged.begin(), static_cast<std::ptrdiff_t>(random() % damaged.size()));
    if (it->second.empty()) continue;
    const std::size_t at = random() % it->second.size();
    it->second[at] = static_cast<char>(it->second[at] ^ (1 << random() % 8));
    const std::string what = it->first + " byte " + std::to_string(at);
    const LogContents contents = OpenDamaged(damaged, what);
    ASSERT_LE(Lost(contents), 1u) << what;
    ASSERT_FALSE(HasFailure()) << what;
    lost += Lost(contents);
  }
  EXPECT_GT(lost, 0u);
}

TEST_F(SegmentLogDamageTest, LosesOnlyWhatLiesInDamagedSectors) {
  std::mt19937_64 random(3);
  for (int i = 0; i < Damages(2000); ++i) {
    FaultFiles::Contents damaged = contents_;
    const std::string& path = segments_[random() % segments_.size()];
    std::string& bytes = damaged[path];
    const std::size_t sector = random() % 2 == 0 ? 512 : 4096;
    const auto any = [&] {
      const std::size_t sectors = bytes.size() / sector;
      return random() % sectors * sector;
    };
    const std::size_t at = any();
    const std::size_t from = any();
    const std::string old = bytes.substr(at, sector);
    std::string kind;
    switch (random() % 4) {
      case 0:
        kind = "zeroed";
        bytes.replace(at, sector, std::string(sector, '\0'));
        break;
      case 1:
        kind = "duplicated";
        bytes.replace(at, sector, bytes.substr(from, sector));
        break;
      case 2:
        kind = "swapped";
        bytes.replace(at, sector, bytes.substr(from, sector));
        bytes.replace(from, old.size(), old);
        break;
      default: {
        kind = "stale";
        const std::string other = contents_[segments_[random() % segments_.size()]] + bytes;
        bytes.replace(at, sector, other, at, sector);
      }
    }
    const std::string what = path + " " + kind + " at " + std::to_string(at) + " from " +
                             std::to_string(from) + " of " + std::to_string(sector);
    const LogContents contents = OpenDamaged(damaged, what);
    // The smallest frame has 40 bytes.
    ASSERT_LE(Lost(contents), 2 * (sector / 40 + 2)) << what;
    ASSERT_FALSE(HasFailure()) << what;
  }
}

TEST_F(SegmentLogDamageTest, NamesTheGapThatDamageLeaves) {
  // The payload of a batch in the middle of the log.
  const LogRecord& victim = original_.records[original_.records.size() / 2];
  FaultFiles::Contents damaged = contents_;
  for (auto& [path, bytes] : damaged) {
    const std::size_t at = bytes.find(victim.payload);
    if (at != std::string::npos) bytes[at] = static_cast<char>(bytes[at] ^ 1);
  }
  const LogContents contents = OpenDamaged(damaged, "one batch");
  EXPECT_EQ(Lost(contents), 1u);
  ASSERT_EQ(contents.gaps.size(), 1u);
  EXPECT_EQ(contents.gaps[0].partition, victim.partition);
  EXPECT_EQ(contents.gaps[0].first, victim.offset);
  EXPECT_EQ(contents.gaps[0].next, victim.offset + 1);
}

TEST_F(SegmentLogDamageTest, OutlivesMissingAndEmptiedFiles) {
  for (const auto& [path, bytes] : contents_) {
    for (const std::size_t kept : {std::string::npos, std::size_t{0}, std::size_t{100},
                                   std::size_t{8192}, std::size_t{9000}}) {
      FaultFiles::Contents damaged = contents_;
      if (kept == std::string::npos) {
        damaged.erase(path);
      } else {
        damaged[path].resize(std::min(kept, bytes.size()));
      }
      OpenDamaged(damaged, path + " cut to " + std::to_string(kept));
    }
  }
}

TEST_F(SegmentLogDamageTest, LosesOneSegmentWithItsWholeHeader) {
  FaultFiles::Contents damaged = contents_;
  std::string& bytes = damaged[segments_[segments_.size() / 2]];
  bytes.replace(0, 8192, std::string(8192, 'x'));
  const LogContents contents = OpenDamaged(damaged, "no header");
  EXPECT_GT(Lost(contents), 0u);
  EXPECT_LT(Lost(contents), original_.records.size() / 2);
  EXPECT_FALSE(contents.gaps.empty());
}

// The last group of a log holds a batch of partition 0, then one of partition 1; nothing says that
// it was synced.
class SegmentLogLastGroupTest : public testing::Test {
 protected:
  SegmentLogLastGroupTest() {
    const auto log = OpenSegmentLog(options_, files_, absl::Now);
    EXPECT_TRUE(log.ok()) << log.status();
    absl::Notification answered;
    (*log)->Append({{.partition = 0, .payload = "first"}, {.partition = 1, .payload = "second"}},
                   [&](const absl::Status& status) {
                     EXPECT_TRUE(status.ok());
                     files_.Kill();
                     answered.Notify();
                   });
    answered.WaitForNotification();
  }

  // The first offsets that are free after a start.
  std::vector<std::int64_t> NextAfterDamage(std::size_t first, std::size_t count) {
    files_.PowerOn();
    FaultFiles::Contents contents = files_.Snapshot();
    std::string& bytes = contents["/log/00000000000000000001.segment"];
    bytes.replace(first, count, std::string(count, '\0'));
    files_.Restore(contents);
    const auto log = OpenSegmentLog(options_, files_, absl::Now);
    EXPECT_TRUE(log.ok()) << log.status();
    const auto read = ReadEverything(**log);
    EXPECT_TRUE(read.ok()) << read.status();
    gaps_ = read->gaps;
    return {(*log)->GetBounds(0)->next, (*log)->GetBounds(1)->next};
  }

  static constexpr std::size_t kGroup = 8192;
  static constexpr std::size_t kFirst = kGroup + 32 + 8 + 2 * 12;
  static constexpr std::size_t kSecond = kFirst + 40;

  FaultFiles files_{1};
  SegmentLogOptions options_{.directory = "/log", .partition_count = 2, .min_free_bytes = 0};
  std::vector<LogGap> gaps_;
};

TEST_F(SegmentLogLastGroupTest, UsesTheOffsetsOfATornEndAgain) {
  EXPECT_EQ(NextAfterDamage(kSecond, 40), (std::vector<std::int64_t>{1, 0}));
  EXPECT_TRUE(gaps_.empty());
}

TEST_F(SegmentLogLastGroupTest, NeverUsesOffsetsAgainThatMayHaveBeenAcked) {
  EXPECT_EQ(NextAfterDamage(kFirst, 40), (std::vector<std::int64_t>{1, 1}));
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_EQ(gaps_[0].partition, 0);
  EXPECT_EQ(gaps_[0].next, 1);
}

TEST_F(SegmentLogLastGroupTest, SkipsEnoughWhereTheGroupsOwnFrameIsLostToo) {
  const auto next = NextAfterDamage(kGroup, kSecond - kGroup);
  EXPECT_GE(next[0], 1);
  EXPECT_GE(next[1], 1);
}

}  // namespace
}  // namespace playhead::aggregator
