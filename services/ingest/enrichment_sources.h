#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "services/ingest/geo.h"
#include "services/ingest/ingest.h"
#include "services/ingest/partner_secrets.h"

namespace playhead::ingest {

// Named like the flags that set them.
struct EnrichmentOptions {
  std::string user_agent_regexes;  // empty: user agents are not read
  GeoOptions geo;
  std::string partner_secrets;  // empty: nobody is verified
  bool ks_accept_v1 = false;
  std::string trusted_proxies;
  std::string trusted_forwarders;
};

// The files and rules that an Enrichment is made of.
class EnrichmentSources {
 public:
  // InvalidArgument names the flag and its file. `metrics` must outlive it.
  static absl::StatusOr<std::unique_ptr<EnrichmentSources>> Open(const EnrichmentOptions& options,
                                                                 IngestMetrics& metrics,
                                                                 const Clock& clock);

  // For the lifetime of this.
  const Enrichment& enrichment() const { return enrichment_; }

 private:
  EnrichmentSources() = default;

  // Null: not asked for.
  std::unique_ptr<UserAgentCache> user_agents_;
  std::unique_ptr<Geo> geo_;
  std::unique_ptr<PartnerSecretsFile> secrets_;
  std::unique_ptr<VerifiedUsers> users_;
  Enrichment enrichment_;
};

}  // namespace playhead::ingest
