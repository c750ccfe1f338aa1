#include "services/ingest/enrichment_sources.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/config.h"
#include "common/status_macros.h"
#include "common/strings.h"

namespace playhead::ingest {
namespace {

// At most 1 KiB each.
constexpr std::size_t kCachedUserAgents = 16'384;

absl::Status BadFlag(std::string_view flags, const absl::Status& status,
                     std::string_view advice = {}) {
  return absl::InvalidArgumentError(
      absl::StrCat(ToAbsl(flags), ": ", status.message(), ToAbsl(advice)));
}

absl::StatusOr<std::unique_ptr<UserAgentCache>> MakeUserAgents(const std::string& path) {
  if (path.empty()) return nullptr;
  const absl::StatusOr<std::string> yaml = ReadSmallFile(path);
  absl::StatusOr<std::unique_ptr<UserAgentParser>> parser =
      yaml.ok() ? UserAgentParser::Make(*yaml) : yaml.status();
  if (!parser.ok()) {
    return BadFlag(absl::StrCat("--user_agent_regexes=", path), parser.status(),
                   "; give uap-core's regexes.yaml, or nothing");
  }
  return std::make_unique<UserAgentCache>(
      [parser = *std::move(parser)](std::string_view text) { return parser->Parse(text); },
      kCachedUserAgents);
}

absl::StatusOr<std::unique_ptr<Geo>> OpenGeo(const GeoOptions& options, IngestMetrics& metrics) {
  auto geo = Geo::Open(options, metrics);
  if (!geo.ok()) return BadFlag("--geo_city, --geo_asn", geo.status());
  return geo;
}

absl::StatusOr<std::unique_ptr<PartnerSecretsFile>> OpenPartnerSecrets(const std::string& path,
                                                                       const Clock& clock) {
  if (path.empty()) return nullptr;
  auto secrets = PartnerSecretsFile::Open(path, clock);
  if (!secrets.ok()) return BadFlag("--partner_secrets", secrets.status());
  return secrets;
}

absl::StatusOr<NetworkSet> ParseNetworks(std::string_view flag, const std::string& value) {
  auto networks = NetworkSet::Parse(value);
  if (!networks.ok()) return BadFlag(flag, networks.status());
  return networks;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EnrichmentSources>> EnrichmentSources::Open(
    const EnrichmentOptions& options, IngestMetrics& metrics, const Clock& clock) {
  std::unique_ptr<EnrichmentSources> sources(new EnrichmentSources);
  ASSIGN_OR_RETURN(sources->user_agents_, MakeUserAgents(options.user_agent_regexes));
  ASSIGN_OR_RETURN(sources->geo_, OpenGeo(options.geo, metrics));
  ASSIGN_OR_RETURN(sources->secrets_, OpenPartnerSecrets(options.partner_secrets, clock));
  ClientRules rules{.geo = sources->geo_.get()};
  ASSIGN_OR_RETURN(rules.trusted_proxies,
                   ParseNetworks("--trusted_proxies", options.trusted_proxies));
  ASSIGN_OR_RETURN(rules.trusted_forwarders,
                   ParseNetworks("--trusted_forwarders", options.trusted_forwarders));
  if (sources->secrets_ != nullptr) {
    sources->users_ = std::make_unique<VerifiedUsers>(
        [secrets = sources->secrets_.get()] { return secrets->Current(); },
        KalturaSessionRules{.accept_v1 = options.ks_accept_v1});
  }
  sources->enrichment_ = {.clients = ClientFinder(std::move(rules)),
                          .user_agents = sources->user_agents_.get(),
                          .users = sources->users_.get()};
  return sources;
}

}  // namespace playhead::ingest
