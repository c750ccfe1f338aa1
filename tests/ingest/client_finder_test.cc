#include "services/ingest/client_finder.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ClientFinder MakeFinder() {
  return ClientFinder({.trusted_proxies = NetworkSet::Parse("10.0.0.0/8").value(),
                       .trusted_forwarders = NetworkSet::Parse("127.0.0.0/8").value(),
                       .geo = nullptr});
}

TEST(ClientFinderTest, BelievesAForwarder) {
  FieldNotes notes;
  EXPECT_EQ(MakeFinder().OfEvent("127.0.0.1", "203.0.113.1", notes).address, "203.0.113.1");
  EXPECT_EQ(MakeFinder().OfEvent("127.0.0.1", "::ffff:203.0.113.1", notes).address, "203.0.113.1");
  EXPECT_EQ(MakeFinder().OfEvent("127.0.0.1", "", notes).address, "");
  EXPECT_THAT(notes.soft, IsEmpty());
}

TEST(ClientFinderTest, NotesWhatIsNoAddress) {
  FieldNotes notes;
  EXPECT_EQ(MakeFinder().OfEvent("127.0.0.1", "localhost", notes).address, "");
  EXPECT_THAT(notes.soft, ElementsAre("client_ip"));
}

TEST(ClientFinderTest, TakesTheCallersOwnAddressOfOthers) {
  FieldNotes notes;
  EXPECT_EQ(MakeFinder().OfEvent("10.0.0.1", "203.0.113.1", notes).address, "10.0.0.1");
  EXPECT_EQ(MakeFinder().OfEvent("10.0.0.1", "garbage", notes).address, "10.0.0.1");
  EXPECT_EQ(MakeFinder().OfEvent("", "203.0.113.1", notes).address, "");
  EXPECT_THAT(notes.soft, IsEmpty());
}

TEST(ClientFinderTest, KeepsTheTwoKindsOfTrustApart) {
  const ForwardedHeaders headers{.x_forwarded_for = "203.0.113.1", .forwarded = ""};
  EXPECT_EQ(MakeFinder().OfRequest("10.0.0.1", headers).address, "203.0.113.1");
  EXPECT_EQ(MakeFinder().OfRequest("127.0.0.1", headers).address, "127.0.0.1");
}

}  // namespace
}  // namespace playhead::ingest
