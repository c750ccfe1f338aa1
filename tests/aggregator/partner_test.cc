#include "tools/partner.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/aggregator/partners_reader.h"
#include "tests/support/store_fixture.h"

namespace playhead {
namespace {

using playhead::testing::At;
using playhead::testing::StoreTest;
using ::testing::HasSubstr;

class PartnerTest : public StoreTest {
 protected:
  absl::Status Set(std::int32_t partner, const std::string& zone) {
    return tools::SetPartnerTimeZone(*database_->Connect("playhead_owner"), partner, zone);
  }
  void Fold() {
    const auto folder = NewFolder();
    for (const int tier : {0, 1}) {
      EXPECT_TRUE(folder->RunOnce(tier, At("2030-01-01T00:00:00Z")).ok());
    }
  }
};

TEST_F(PartnerTest, RefusesZonesThatAreNotIana) {
  for (const char* zone : {"", "Paris", "Mars/Olympus", "europe/paris", "UTC+2", "Europe/Paris "}) {
    const absl::Status status = Set(1, zone);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << zone;
    EXPECT_THAT(std::string(status.message()), HasSubstr("time_zone")) << zone;
  }
  for (const std::int32_t partner : {0, -1}) {
    EXPECT_EQ(Set(partner, "UTC").code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(database_->Value("SELECT count(*) FROM partners"), "0");
}

TEST_F(PartnerTest, SeparatesDayRowsOfTheEarlierZone) {
  Commit({{.time = "2026-10-01T23:00:00Z", .plays = 1}});
  Fold();
  ASSERT_TRUE(Set(1, "Europe/Paris").ok());
  Commit({{.time = "2026-10-01T23:00:00Z", .plays = 2}});
  Fold();
  const std::vector<std::string> rows = database_->Query(
      "SELECT time_zone, d.plays, d.epoch_id > p.zone_epoch_id "
      "FROM rollup_partner_day d JOIN partners p USING (partner, time_zone) "
      "UNION ALL SELECT d.time_zone, d.plays, d.epoch_id > p.zone_epoch_id "
      "FROM rollup_partner_day d JOIN partners p USING (partner) WHERE d.time_zone = 'UTC'");
  EXPECT_THAT(rows, ::testing::ElementsAre("Europe/Paris|2|t", "UTC|1|f"));
  // Quarter hours that earlier folds took stand in for the day rows of the earlier zone.
  EXPECT_EQ(database_->Value("SELECT sum(q.plays) FROM rollup_partner_quarter_hour q "
                             "JOIN epochs e USING (epoch_id) JOIN partners p USING (partner) "
                             "WHERE e.folded_by IS NULL OR e.folded_by <= p.zone_epoch_id"),
            "1");
}

TEST_F(PartnerTest, ChangesNothingWhenTheZoneIsTheSame) {
  ASSERT_TRUE(Set(1, "UTC").ok());
  EXPECT_EQ(database_->Value("SELECT zone_epoch_id FROM partners"), "0");
  ASSERT_TRUE(Set(1, "Asia/Kathmandu").ok());
  const std::string before = database_->Value("SELECT zone_epoch_id FROM partners");
  EXPECT_NE(before, "0");
  ASSERT_TRUE(Set(1, "Asia/Kathmandu").ok());
  EXPECT_EQ(database_->Value("SELECT zone_epoch_id FROM partners"), before);
  ASSERT_TRUE(Set(1, "UTC").ok());
  EXPECT_NE(database_->Value("SELECT zone_epoch_id FROM partners"), before);
}

TEST_F(PartnerTest, WaitsForARunningFoldIntoDays) {
  database_->Query("BEGIN; SELECT pg_advisory_xact_lock_shared(7071, 2)");
  auto options = database_->ConnectionOptions("playhead_owner");
  options.lock_timeout = absl::Milliseconds(20);
  const auto connection = postgres::Connection::Open(options);
  ASSERT_TRUE(connection.ok());
  EXPECT_EQ(tools::SetPartnerTimeZone(**connection, 1, "Europe/Paris").code(),
            absl::StatusCode::kUnavailable);
  database_->Query("ROLLBACK");
  EXPECT_TRUE(tools::SetPartnerTimeZone(**connection, 1, "Europe/Paris").ok());
}

TEST_F(PartnerTest, IsKnownToTheAggregator) {
  aggregator::PartnersReader reader(database_->ConnectionOptions("playhead_writer"));
  ASSERT_TRUE(reader.Read().ok());
  EXPECT_TRUE(reader.Read()->empty());
  ASSERT_TRUE(Set(7, "UTC").ok());
  ASSERT_TRUE(Set(3, "UTC").ok());
  EXPECT_THAT(*reader.Read(), ::testing::ElementsAre(3, 7));
  aggregator::PartnersReader nowhere({.dsn = "host=/nowhere port=1"});
  EXPECT_EQ(nowhere.Read().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace playhead
