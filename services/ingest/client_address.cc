#include "services/ingest/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/strings.h"

namespace playhead::ingest {
namespace {

constexpr std::array<std::uint8_t, 12> kIpv4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kIpv4PrefixBits = 96;
constexpr int kAddressBits = 128;

std::string_view Trim(std::string_view text) {
  return ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
}

bool IsPort(std::string_view text) {
  int port = 0;
  return !text.empty() && absl::SimpleAtoi(ToAbsl(text), &port) && port >= 0 && port <= 65535;
}

// Separators inside quotes separate nothing. None when a quote is not closed: then what was
// appended last stands inside the quotes of whoever wrote before.
std::vector<std::string_view> SplitUnquoted(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool is_quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && is_quoted) {
      ++i;
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == separator && !is_quoted) {
      parts.push_back(Trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  if (is_quoted) return {};
  parts.push_back(Trim(text.substr(start)));
  return parts;
}

// The value of `for` in one element of Forwarded; empty: it has none.
std::string_view ForOf(std::string_view element) {
  for (const std::string_view pair : SplitUnquoted(element, ';')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    if (!absl::EqualsIgnoreCase(ToAbsl(Trim(pair.substr(0, equals))), "for")) continue;
    std::string_view value = Trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

std::vector<std::string_view> SplitPlain(std::string_view text) {
  std::vector<std::string_view> parts;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    parts.push_back(Trim(ToStd(part)));
  }
  return parts;
}

// The texts that name the hops, as sent. Empty entries of a list say nothing.
std::vector<std::string_view> Hops(const ForwardedHeaders& headers) {
  const bool is_plain = !Trim(headers.x_forwarded_for).empty();
  std::vector<std::string_view> hops =
      is_plain ? SplitPlain(headers.x_forwarded_for) : SplitUnquoted(headers.forwarded, ',');
  std::erase(hops, std::string_view());
  if (!is_plain) std::transform(hops.begin(), hops.end(), hops.begin(), ForOf);
  return hops;
}

}  // namespace

bool IpAddress::IsIpv4() const {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), bytes.begin());
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = "";
  const bool is_ipv4 = IsIpv4();
  inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes.data() + (is_ipv4 ? kIpv4Prefix.size() : 0), text,
            sizeof(text));
  return text;
}

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));
  // inet_pton would stop there.
  if (address.find('\0') != std::string::npos) return std::nullopt;
  IpAddress parsed;
  if (inet_pton(AF_INET6, address.c_str(), parsed.bytes.data()) == 1) return parsed;
  std::copy(kIpv4Prefix.begin(), kIpv4Prefix.end(), parsed.bytes.begin());
  if (address.size() != text.size()) return std::nullopt;
  if (inet_pton(AF_INET, address.c_str(), parsed.bytes.data() + kIpv4Prefix.size()) != 1) {
    return std::nullopt;
  }
  return parsed;
}

std::optional<IpAddress> ParseHost(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && (rest[0] != ':' || !IsPort(rest.substr(1)))) return std::nullopt;
    return ParseIpAddress(text.substr(1, end - 1));
  }
  const std::size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');
  if (!has_port) return ParseIpAddress(text);
  if (!IsPort(text.substr(colon + 1))) return std::nullopt;
  return ParseIpAddress(text.substr(0, colon));
}

absl::StatusOr<NetworkSet> NetworkSet::Parse(std::string_view text) {
  NetworkSet set;
  if (Trim(text).empty()) return set;
  for (const std::string_view written : SplitPlain(text)) {
    const std::size_t slash = written.find('/');
    const auto base = ParseIpAddress(written.substr(0, slash));
    int bits = base.has_value() && base->IsIpv4() ? kAddressBits - kIpv4PrefixBits : kAddressBits;
    const int most = bits;
    const bool is_number = slash == std::string_view::npos ||
                           absl::SimpleAtoi(ToAbsl(written.substr(slash + 1)), &bits);
    if (!base.has_value() || !is_number || bits < 0 || bits > most) {
      return absl::InvalidArgumentError(absl::StrCat(
          "`", ToAbsl(written), "` is not an address or network such as 10.0.0.0/8 or ::1"));
    }
    set.networks_.push_back({.base = *base, .prefix_bits = bits + kAddressBits - most});
  }
  return set;
}

bool NetworkSet::Contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const auto whole = static_cast<std::size_t>(network.prefix_bits / 8);
    if (std::memcmp(address.bytes.data(), network.base.bytes.data(), whole) != 0) return false;
    if (network.prefix_bits % 8 == 0) return true;
    const int mask = 0xff << (8 - network.prefix_bits % 8);
    return ((address.bytes[whole] ^ network.base.bytes[whole]) & mask) == 0;
  });
}

std::optional<IpAddress> FindClient(std::string_view peer, const ForwardedHeaders& headers,
                                    const NetworkSet& trusted) {
  std::optional<IpAddress> client = ParseIpAddress(peer);
  if (!client.has_value() || !trusted.Contains(*client)) return client;
  const std::vector<std::string_view> hops = Hops(headers);
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = ParseHost(*hop);
    if (!address.has_value()) break;
    client = address;
    if (!trusted.Contains(*address)) break;
  }
  return client;
}

}  // namespace playhead::ingest
