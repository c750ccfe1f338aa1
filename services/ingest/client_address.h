#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace playhead::ingest {

// An IPv4 address is its IPv4-mapped IPv6 address, ::ffff:a.b.c.d.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  bool IsIpv4() const;
  // As people write it; of an IPv4 address the four numbers.
  std::string ToString() const;
};

// An address without brackets or port. A zone (`%eth0`) is left out.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

// An address of a header or a socket: as it is, `a.b.c.d:port`, `[address]` or `[address]:port`.
std::optional<IpAddress> ParseHost(std::string_view text);

class NetworkSet {
 public:
  // Addresses and networks such as `10.0.0.0/8,2001:db8::/32`, separated by commas; empty: none.
  // InvalidArgument names the one that is wrong.
  static absl::StatusOr<NetworkSet> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  struct Network {
    IpAddress base;
    int prefix_bits = 0;
  };
  std::vector<Network> networks_;
};

// The headers of a request that name who sent it; several of one name joined with commas.
struct ForwardedHeaders {
  std::string_view x_forwarded_for = {};
  std::string_view forwarded = {};
};

// Who sent a request that came from `peer`. The headers count only when `peer` is one of `trusted`:
// then the client is, from the right, the first address that is not one of them; the leftmost when
// all are. An entry that is no address ends the chain: what is left of it is hearsay.
// X-Forwarded-For is read before Forwarded. nullopt: `peer` is no address.
std::optional<IpAddress> FindClient(std::string_view peer, const ForwardedHeaders& headers,
                                    const NetworkSet& trusted);

}  // namespace playhead::ingest
