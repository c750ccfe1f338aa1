#include "services/ingest/client_address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace playhead::ingest {
namespace {

using ::testing::HasSubstr;

std::string Shown(const std::optional<IpAddress>& address) {
  return address.has_value() ? address->ToString() : "none";
}

TEST(IpAddressTest, ReadsAndShowsAddresses) {
  const std::pair<std::string, std::string> cases[] = {
      {"192.0.2.1", "192.0.2.1"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::FFFF:c000:201", "192.0.2.1"},
      {"2001:DB8:0::1", "2001:db8::1"},
      {"fe80::1%eth0", "fe80::1"},
      {"::", "::"},
      {"", "none"},
      {"192.0.2", "none"},
      {"192.0.2.256", "none"},
      {"192.0.2.1.", "none"},
      {"192.0.2.1%eth0", "none"},
      {" 192.0.2.1", "none"},
      {"192.0.2.01", "none"},
      {"0x7f.1", "none"},
      {"unknown", "none"},
      {":::", "none"},
      {std::string("192.0.2.1\0x", 11), "none"},
      {std::string(100'000, '1'), "none"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(Shown(ParseIpAddress(text)), shown) << text;
}

TEST(IpAddressTest, ReadsPortsAndBrackets) {
  const std::pair<std::string, std::string> cases[] = {
      {"192.0.2.1:65535", "192.0.2.1"},
      {"192.0.2.1:65536", "none"},
      {"192.0.2.1:", "none"},
      {"192.0.2.1:x", "none"},
      {"[2001:db8::1]", "2001:db8::1"},
      {"[2001:db8::1]:80", "2001:db8::1"},
      {"[2001:db8::1]80", "none"},
      {"[2001:db8::1", "none"},
      {"[]", "none"},
      {"[", "none"},
      {"2001:db8::1", "2001:db8::1"},
      {"[::ffff:192.0.2.1]:80", "192.0.2.1"},
      {"", "none"},
      {":80", "none"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(Shown(ParseHost(text)), shown) << text;
}

bool Contains(const std::string& networks, const std::string& address) {
  const auto set = NetworkSet::Parse(networks);
  EXPECT_TRUE(set.ok()) << networks;
  return set->Contains(ParseIpAddress(address).value());
}

TEST(NetworkSetTest, ContainsUpToItsEdges) {
  const std::string networks = "10.0.0.0/8, 192.0.2.64/26,2001:db8::/33,::1,203.0.113.7";
  for (const char* in :
       {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.64", "192.0.2.127",
        "2001:db8::", "2001:db8:7fff:ffff::", "::1", "203.0.113.7"}) {
    EXPECT_TRUE(Contains(networks, in)) << in;
  }
  for (const char* out : {"9.255.255.255", "11.0.0.0", "192.0.2.63", "192.0.2.128",
                          "2001:db8:8000::", "2001:db7:ffff::", "::", "::2", "203.0.113.6"}) {
    EXPECT_FALSE(Contains(networks, out)) << out;
  }
  EXPECT_FALSE(Contains("", "127.0.0.1"));
  EXPECT_TRUE(Contains("0.0.0.0/0", "203.0.113.1"));
  EXPECT_FALSE(Contains("0.0.0.0/0", "2001:db8::1"));
}

TEST(NetworkSetTest, NamesWhatIsWrong) {
  for (const std::string wrong :
       {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "lan", "10.0.0.0/8/8", "10.0.0/8"}) {
    const auto set = NetworkSet::Parse("127.0.0.1," + wrong);
    ASSERT_FALSE(set.ok()) << wrong;
    EXPECT_THAT(std::string(set.status().message()), HasSubstr("`" + wrong + "`"));
  }
  EXPECT_FALSE(NetworkSet::Parse("10.0.0.0/8,").ok());
}

struct ClientCase {
  const char* peer;
  std::string x_forwarded_for;
  std::string forwarded;
  const char* client;
};

TEST(FindClientTest, BelievesTrustedProxiesOnly) {
  const auto trusted = NetworkSet::Parse("127.0.0.0/8,10.0.0.0/8,2001:db8:aaaa::/48");
  ASSERT_TRUE(trusted.ok());
  const ClientCase cases[] = {
      // Without a proxy.
      {"192.0.2.1", "", "", "192.0.2.1"},
      {"192.0.2.1", "203.0.113.1", "for=203.0.113.2", "192.0.2.1"},
      {"::ffff:192.0.2.1", "203.0.113.1", "", "192.0.2.1"},
      {"127.0.0.1", "", "", "127.0.0.1"},
      {"", "203.0.113.1", "", "none"},
      {"unix", "203.0.113.1", "", "none"},
      // X-Forwarded-For, from the right.
      {"127.0.0.1", "203.0.113.1", "", "203.0.113.1"},
      {"::ffff:127.0.0.1", "203.0.113.1", "", "203.0.113.1"},
      {"2001:db8:aaaa::1", "203.0.113.1", "", "203.0.113.1"},
      {"127.0.0.1", "133.11.0.1, 10.0.0.1", "", "133.11.0.1"},
      {"127.0.0.1", "198.51.100.9, 203.0.113.1, 10.0.0.1", "", "203.0.113.1"},
      {"127.0.0.1", "198.51.100.9,203.0.113.1,10.0.0.1,2001:db8:aaaa::2", "", "203.0.113.1"},
      {"127.0.0.1", "10.0.0.3, 10.0.0.2", "", "10.0.0.3"},
      {"127.0.0.1", " 203.0.113.1:4711 ", "", "203.0.113.1"},
      {"127.0.0.1", "[2001:db8::1]:4711", "", "2001:db8::1"},
      {"127.0.0.1", "::ffff:203.0.113.1", "", "203.0.113.1"},
      {"127.0.0.1", "::ffff:10.0.0.1", "", "10.0.0.1"},
      {"127.0.0.1", ", 203.0.113.1, ,", "", "203.0.113.1"},
      {"127.0.0.1", " , ", "for=203.0.113.2", "127.0.0.1"},
      // What is left of something that is no address is hearsay.
      {"127.0.0.1", "203.0.113.1, unknown, 10.0.0.1", "", "10.0.0.1"},
      {"127.0.0.1", "203.0.113.1, <script>", "", "127.0.0.1"},
      {"127.0.0.1", "\"198.51.100.9, 203.0.113.1", "", "203.0.113.1"},
      {"127.0.0.1", std::string(16'000, ','), "", "127.0.0.1"},
      // Forwarded.
      {"127.0.0.1", "", "for=203.0.113.1", "203.0.113.1"},
      {"127.0.0.1", "", "For=\"203.0.113.1:80\";proto=http;by=10.0.0.1", "203.0.113.1"},
      {"127.0.0.1", "", "by=10.0.0.1; for=\"[2001:db8::1]:80\"", "2001:db8::1"},
      {"127.0.0.1", "", "for=198.51.100.9, for=203.0.113.1, for=10.0.0.1", "203.0.113.1"},
      {"127.0.0.1", "", "for=203.0.113.1, for=unknown", "127.0.0.1"},
      {"127.0.0.1", "", "for=203.0.113.1, for=_hidden, for=10.0.0.1", "10.0.0.1"},
      {"127.0.0.1", "", "for=203.0.113.1, proto=https", "127.0.0.1"},
      {"127.0.0.1", "", "host=\"a,b;for=198.51.100.9\";for=203.0.113.1", "203.0.113.1"},
      {"127.0.0.1", "", "203.0.113.1", "127.0.0.1"},
      // A quote that a client left open hides what the proxy appended.
      {"127.0.0.1", "", "for=198.51.100.9;x=\", for=203.0.113.1", "127.0.0.1"},
      {"127.0.0.1", "", "for=198.51.100.9;x=\", for=\"[2001:db8::1]\"", "127.0.0.1"},
      {"127.0.0.1", "", "for=198.51.100.9;x=\"\\\", for=203.0.113.1", "127.0.0.1"},
      // Both.
      {"127.0.0.1", "203.0.113.1", "for=203.0.113.2", "203.0.113.1"},
  };
  for (const ClientCase& c : cases) {
    const auto client = FindClient(
        c.peer, {.x_forwarded_for = c.x_forwarded_for, .forwarded = c.forwarded}, *trusted);
    EXPECT_EQ(Shown(client), c.client)
        << c.peer << " | " << c.x_forwarded_for << " | " << c.forwarded;
  }
}

TEST(FindClientTest, BelievesNobodyUnlessTold) {
  EXPECT_EQ(Shown(FindClient("127.0.0.1", {.x_forwarded_for = "203.0.113.1"}, NetworkSet())),
            "127.0.0.1");
}

}  // namespace
}  // namespace playhead::ingest
