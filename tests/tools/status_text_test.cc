#include "tools/status_text.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace playhead::tools {
namespace {

v1::GetDataStatusResponse ParseStatus(const char* text) {
  v1::GetDataStatusResponse status;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &status));
  return status;
}

TEST(StatusTextTest, SaysFreshnessLagLedgerAndTiers) {
  const auto status = ParseStatus(R"pb(
    data_through { seconds: 99 nanos: 500000000 }
    aggregator_reachable: true
    partitions { partition: 0 lag_batches: 2 state: "RUNNING" }
    partitions { partition: 1 lag_batches: -1 state: "STOPPED" detail: "another log" }
    ledger_total {
      received: 1010
      accepted: 1007
      duplicate: 1
      rejected { key: "too_late" value: 1 }
      rejected { key: "bad_partner" value: 1 }
    }
    ledger_start_time { seconds: 100 }
    rejected_batch_count: 4
    tiers { tier: 0 grain: "minute" epoch_count: 5 unfolded_epoch_count: 2 }
  )pb");
  EXPECT_EQ(
      StatusText(status, absl::FromUnixSeconds(100)),
      "data through    1970-01-01T00:01:39.500Z (500ms ago)\n"
      "stored through  none yet\n"
      "aggregator      reachable\n"
      "partitions      2, 1 RUNNING, 1 STOPPED\n"
      "lag             2 batches\n"
      "partition 1: another log\n"
      "events          1,010 received = 1,007 accepted + 1 duplicate + 1 bad_partner + 1 too_late\n"
      "stored since    1970-01-01T00:01:40.000Z (now)\n"
      "rejected        4 batches\n"
      "minute          5 epochs, 2 not yet folded\n");
}

TEST(IsDataFlowingTest, NeedsTheAggregatorAndEveryPartition) {
  EXPECT_TRUE(IsDataFlowing(ParseStatus("aggregator_reachable: true")));
  EXPECT_FALSE(IsDataFlowing(ParseStatus("")));
  EXPECT_TRUE(IsDataFlowing(
      ParseStatus("aggregator_reachable: true partitions { state: \"WARMING_UP\" }")));
  EXPECT_FALSE(
      IsDataFlowing(ParseStatus("aggregator_reachable: true partitions { state: \"RUNNING\" } "
                                "partitions { state: \"STOPPED\" }")));
}

}  // namespace
}  // namespace playhead::tools
