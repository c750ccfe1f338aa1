#include "services/ingest/enrich.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/hash.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/ingest/identity.h"
#include "services/ingest/url.h"
#include "services/ingest/validate.h"

namespace playhead::ingest {
namespace {

using catalog::Dimension;
using catalog::Number;

constexpr double kMsPerSecond = 1000;
constexpr double kBpsPerKbps = 1000;
constexpr double kPpm = 1e6;

std::string SessionId(const v1::PlayerEvent& event, const Arrival& arrival) {
  if (!event.session_id().empty()) return event.session_id();
  return AnonymousSession({.partner = event.partner_id(),
                           .address = arrival.client.address,
                           .user_agent = arrival.user_agent,
                           .user = event.user_id(),
                           .referrer = event.referrer()});
}

std::string ViewerText(const v1::PlayerEvent& event, std::string_view session_id) {
  const std::string partner = absl::StrCat(event.partner_id(), "/");
  if (!event.user_id().empty()) return absl::StrCat(partner, "u:", event.user_id());
  if (!event.persistent_session_id().empty()) {
    return absl::StrCat(partner, "p:", event.persistent_session_id());
  }
  return absl::StrCat(partner, "s:", ToAbsl(session_id));
}

void SetUser(std::string_view user, v1::PlayerEvent& event, FieldNotes& notes) {
  const auto limit = static_cast<std::size_t>(catalog::Info(Dimension::kUser).max_bytes);
  const std::string_view kept = CutUtf8(user, limit);
  if (kept.size() < user.size()) notes.cut.push_back("user_id");
  event.set_user_id(std::string(kept));
}

// A player's own counter makes copies recognisable; two events without one are two, however alike.
Id128 Identity(const v1::PlayerEvent& event, const Id128& fingerprint) {
  if (!event.event_id().empty()) return EventIdIdentity(event.partner_id(), event.event_id());
  return event.has_event_index() ? fingerprint : Id128{};
}

void SetPage(std::string_view referrer, Event& event, FieldNotes& notes) {
  EmbeddingPage page = ParseReferrer(referrer);
  const auto cut = [&](std::string& text, Dimension dimension) {
    const auto limit = static_cast<std::size_t>(catalog::Info(dimension).max_bytes);
    if (text.size() <= limit) return false;
    text.resize(CutUtf8(text, limit).size());
    return true;
  };
  const bool is_domain_cut = cut(page.domain, Dimension::kDomain);
  if (cut(page.page, Dimension::kPage) || is_domain_cut) notes.cut.push_back("referrer");
  event.dimension(Dimension::kDomain) = std::move(page.domain);
  event.dimension(Dimension::kPage) = std::move(page.page);
}

// Takes the texts out of `from`.
void SetDimensions(v1::PlayerEvent& from, Event& event) {
  const auto set = [&](Dimension dimension, std::string* text) {
    event.dimension(dimension) = std::move(*text);
  };
  set(Dimension::kEntry, from.mutable_entry_id());
  set(Dimension::kApplication, from.mutable_application());
  set(Dimension::kPlaybackContext, from.mutable_playback_context());
  set(Dimension::kCustomVar1, from.mutable_custom_var_1());
  set(Dimension::kCustomVar2, from.mutable_custom_var_2());
  set(Dimension::kCustomVar3, from.mutable_custom_var_3());
  set(Dimension::kPlaybackType, from.mutable_playback_type());
  absl::AsciiStrToLower(&event.dimension(Dimension::kPlaybackType));
  set(Dimension::kDeliveryType, from.mutable_delivery_type());
  set(Dimension::kPlayerVersion, from.mutable_client_version());
  set(Dimension::kUiConf, from.mutable_ui_conf_id());
  set(Dimension::kUser, from.mutable_user_id());
  set(Dimension::kVirtualEvent, from.mutable_virtual_event_id());
  set(Dimension::kPlaylist, from.mutable_playlist_id());
  set(Dimension::kErrorCode, from.mutable_error_code());
}

void SetUserAgent(const UserAgent& agent, Event& event) {
  event.dimension(Dimension::kDevice) = agent.device;
  event.dimension(Dimension::kOperatingSystem) = agent.operating_system;
  event.dimension(Dimension::kOperatingSystemFamily) = agent.operating_system_family;
  event.dimension(Dimension::kBrowser) = agent.browser;
  event.dimension(Dimension::kBrowserFamily) = agent.browser_family;
  if (agent.is_bot) event.dimension(Dimension::kTraffic) = "bot";
}

void SetPlace(const Client& client, Event& event) {
  event.dimension(Dimension::kCountry) = client.place.country;
  event.dimension(Dimension::kRegion) = client.place.region;
  event.dimension(Dimension::kCity) = client.place.city;
  event.dimension(Dimension::kIsp) = client.isp;
}

std::int64_t Scaled(double value, double scale) { return std::llround(value * scale); }

void SetNumbers(const v1::PlayerEvent& from, Event& event) {
  if (from.has_play_time_sum()) {
    event.number(Number::kPlayTimeSumMs) = Scaled(from.play_time_sum(), kMsPerSecond);
  }
  if (from.has_buffer_time()) {
    event.number(Number::kBufferTimeMs) = Scaled(from.buffer_time(), kMsPerSecond);
  }
  if (from.has_join_time()) {
    event.number(Number::kJoinTimeMs) = Scaled(from.join_time(), kMsPerSecond);
  }
  if (from.actual_bitrate() > 0) {
    event.number(Number::kBitrateBps) = Scaled(from.actual_bitrate(), kBpsPerKbps);
  }
  if (from.has_playback_speed()) {
    event.number(Number::kPlaybackSpeedPpm) = Scaled(from.playback_speed(), kPpm);
  }
}

}  // namespace

RoutedEvent Enrich(v1::PlayerEvent event, const Id128& content, const Arrival& arrival,
                   FieldNotes& notes) {
  const std::string session_id = SessionId(event, arrival);
  const std::string partner_session = absl::StrCat(event.partner_id(), "/", session_id);
  const Id128 fingerprint = Fingerprint(content, session_id);
  // From here on the verified user takes the place of the claimed one. Session and fingerprint are
  // of the event as sent: a copy may come after the Kaltura session has expired.
  if (!arrival.verified_user.empty()) SetUser(arrival.verified_user, event, notes);

  RoutedEvent routed;
  routed.route = SessionRoute(partner_session);
  Event& out = routed.event;
  out.partner = event.partner_id();
  out.event_type = event.event_type();
  out.door = static_cast<std::uint8_t>(arrival.door);
  out.receive_time_ms = absl::ToUnixMillis(arrival.receive_time);
  out.event_time_ms = absl::ToUnixMillis(EventTime(event, arrival.receive_time));
  out.identity = Identity(event, fingerprint);
  out.content = fingerprint.low;
  out.event_index = static_cast<std::uint32_t>(event.event_index());
  out.session = Murmur3(partner_session);
  out.viewer = Murmur3(ViewerText(event, session_id)).low;
  if (!arrival.verified_user.empty()) out.known_user = out.viewer;
  SetPage(event.referrer(), out, notes);
  if (arrival.agent != nullptr) SetUserAgent(*arrival.agent, out);
  SetPlace(arrival.client, out);
  SetNumbers(event, out);
  SetDimensions(event, out);
  return routed;
}

}  // namespace playhead::ingest
