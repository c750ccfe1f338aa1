#include "services/ingest/client_finder.h"

namespace playhead::ingest {

Client ClientFinder::OfRequest(std::string_view peer, const ForwardedHeaders& headers) const {
  return Locate(FindClient(peer, headers, rules_.trusted_proxies));
}

Client ClientFinder::OfEvent(std::string_view peer, std::string_view client_ip,
                             FieldNotes& notes) const {
  const auto caller = ParseIpAddress(peer);
  if (!caller.has_value() || !rules_.trusted_forwarders.Contains(*caller)) return Locate(caller);
  const auto client = ParseHost(client_ip);
  if (!client.has_value() && !client_ip.empty()) notes.soft.push_back("client_ip");
  return Locate(client);
}

Client ClientFinder::Locate(const std::optional<IpAddress>& address) const {
  if (!address.has_value()) return {};
  Client client{.address = address->ToString(), .place = {}, .isp = {}};
  if (rules_.geo != nullptr) {
    client.place = rules_.geo->FindPlace(*address);
    client.isp = rules_.geo->FindIsp(*address);
  }
  return client;
}

}  // namespace playhead::ingest
