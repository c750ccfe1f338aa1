#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/ingest/client_address.h"
#include "services/ingest/geo.h"
#include "services/ingest/player_event_fields.h"

namespace playhead::ingest {

// Who sent an event. The address goes no further than into the hash of an anonymous session.
struct Client {
  std::string address;  // empty: not known
  Place place;
  std::string isp;
};

struct ClientRules {
  NetworkSet trusted_proxies = {};     // whose headers name the client
  NetworkSet trusted_forwarders = {};  // gRPC callers whose events name it
  const Geo* geo = nullptr;            // outlives the finder; null: places are not known
};

// Safe from any thread.
class ClientFinder {
 public:
  explicit ClientFinder(ClientRules rules = {}) : rules_(std::move(rules)) {}

  // Of an HTTP request.
  Client OfRequest(std::string_view peer, const ForwardedHeaders& headers) const;

  // Of an event of a gRPC caller: of a forwarder `client_ip`, which is noted when it is no address;
  // of others `peer`.
  Client OfEvent(std::string_view peer, std::string_view client_ip, FieldNotes& notes) const;

 private:
  Client Locate(const std::optional<IpAddress>& address) const;

  ClientRules rules_;
};

}  // namespace playhead::ingest
