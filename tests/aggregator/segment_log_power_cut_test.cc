#include <cstdlib>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "services/aggregator/log/segment_log.h"
#include "tests/aggregator/segment_log_oracle.h"
#include "tests/support/fault_files.h"

namespace playhead::aggregator {
namespace {

constexpr int kPartitions = 3;

struct Outcome {
  int cuts = 0;
  int cuts_with_loss = 0;
  int acked = 0;
  LogOracle::Verdict verdict;
};

// How many rounds; more by the environment than fit into every run.
int Rounds(int fallback) {
  const char* rounds = std::getenv("PLAYHEAD_POWER_CUTS");
  return rounds != nullptr ? std::atoi(rounds) : fallback;
}

void Add(const LogOracle::Verdict& from, LogOracle::Verdict& to) {
  to.lost += from.lost;
  to.doubled += from.doubled;
  to.invented += from.invented;
  to.disordered += from.disordered;
  to.moved += from.moved;
}

absl::StatusOr<std::unique_ptr<SegmentLog>> Open(FaultFiles& files) {
  return OpenSegmentLog({.directory = "/log",
                         .partition_count = kPartitions,
                         .segment_bytes = 40'000,
                         .group_bytes = 4'000,
                         .min_free_bytes = 0},
                        files, [] { return absl::FromUnixMillis(1'700'000'000'000); });
}

// A log under load whose power (or process) ends at a random operation, `rounds` times over.
Outcome CutPowerOften(std::uint64_t seed, int rounds, bool ignores_sync) {
  std::mt19937_64 random(seed);
  FaultFiles files(seed);
  if (ignores_sync) files.IgnoreSync();
  LogOracle oracle(kPartitions);
  Outcome outcome;
  for (int round = 0; round < rounds; ++round) {
    const bool is_power_cut = random() % 4 != 0;
    {
      auto log = Open(files);
      if (!log.ok()) {
        // Without syncs even the header may be lost.
        EXPECT_TRUE(ignores_sync) << log.status();
        ++outcome.cuts_with_loss;
        break;
      }
      if (random() % 4 == 0) {
        // The device fails first.
        files.FailAt(static_cast<std::int64_t>(1 + random() % 30), EIO);
      }
      oracle.AppendSome(**log, static_cast<int>(random() % 60), random());
      files.FailAt(static_cast<std::int64_t>(1 + random() % 20), EIO, /*for_good=*/true);
      oracle.AppendSome(**log, static_cast<int>(random() % 60), random());
      if (is_power_cut) {
        files.PowerCut();
      } else {
        files.Kill();
      }
    }
    files.Heal();
    files.PowerOn();
    ++outcome.cuts;
    auto log = Open(files);
    if (!log.ok()) {
      EXPECT_TRUE(ignores_sync) << log.status();
      ++outcome.cuts_with_loss;
      break;
    }
    const auto contents = ReadEverything(**log);
    EXPECT_TRUE(contents.ok()) << contents.status();
    if (!contents.ok()) break;
    const LogOracle::Verdict verdict = oracle.Check(*contents);
    if (verdict.lost > 0) ++outcome.cuts_with_loss;
    Add(verdict, outcome.verdict);
  }
  outcome.acked = oracle.acked();
  return outcome;
}

TEST(SegmentLogPowerCutTest, LosesNothingThatWasAckedAndInventsNothing) {
  constexpr int kCutsPerLog = 10;
  const int logs = Rounds(500) / kCutsPerLog;
  int acked = 0;
  for (int i = 0; i < logs; ++i) {
    const Outcome outcome =
        CutPowerOften(static_cast<std::uint64_t>(i), kCutsPerLog, /*ignores_sync=*/false);
    EXPECT_EQ(outcome.cuts, kCutsPerLog);
    EXPECT_TRUE(outcome.verdict.IsClean()) << "seed " << i << ": " << ToString(outcome.verdict);
    acked += outcome.acked;
  }
  EXPECT_GT(acked, logs * 100);
  RecordProperty("acked", acked);
}

// The same, where fdatasync does nothing: proves that the test above sees losses.
TEST(SegmentLogPowerCutTest, SeesTheLossesOfALogThatDoesNotSync) {
  int logs_with_loss = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Outcome outcome = CutPowerOften(seed, 5, /*ignores_sync=*/true);
    if (outcome.cuts_with_loss > 0) ++logs_with_loss;
  }
  EXPECT_GE(logs_with_loss, 15);
}

}  // namespace
}  // namespace playhead::aggregator
