#pragma once

#include <string>
#include <string_view>

namespace playhead::ingest {

// Where a player was embedded. Both are empty when it is not known.
struct EmbeddingPage {
  // Host, lower-case, without port.
  std::string domain;
  // Host with port, then the path, decoded, its case kept: no scheme, query or fragment.
  std::string page;
};

// Reads a referrer that is a plain http or https URL, one percent-encoded once or twice, or one in
// base64 (standard or URL-safe, padded or not). Anything else is no page.
EmbeddingPage ParseReferrer(std::string_view referrer);

}  // namespace playhead::ingest
