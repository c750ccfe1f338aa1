#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/ingest/client_address.h"

namespace playhead::ingest {

// Where an address is; empty: not known.
struct Place {
  std::string country;  // ISO 3166 alpha-2, upper case
  std::string region;
  std::string city;

  friend bool operator==(const Place&, const Place&) = default;
};

// One database in the MaxMind format (mmdb), nested as MaxMind's or flat as DB-IP's. It is a copy
// in memory: what happens to the file later does not matter. Safe from any thread.
class GeoFile {
 public:
  virtual ~GeoFile() = default;

  // Reads a file of at most 2 GiB and looks at all of it. InvalidArgument: it is corrupt or cut
  // off. NotFound: it cannot be read.
  static absl::StatusOr<std::shared_ptr<const GeoFile>> Open(const std::string& path);

  // A place without a country: not found. Texts are valid UTF-8 of at most 256 bytes.
  virtual Place FindPlace(const IpAddress& address) const = 0;
  // Who the address belongs to; empty: not found.
  virtual std::string FindIsp(const IpAddress& address) const = 0;
};

}  // namespace playhead::ingest
