#include "tools/load/audience.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace playhead::tools {
namespace {

// Entries are as long for every audience.
constexpr std::uint64_t kSeedOfEntries = 11;
constexpr std::int64_t kMostPlaybacks = 4;

// How busy it is that long before the end: 0 to 1.2.
double Busyness(absl::Duration before_end) {
  const double hour = std::fmod(absl::ToDoubleHours(before_end), 24);
  const auto bump = [hour](double at, double width) {
    return std::exp(-(hour - at) * (hour - at) / (2 * width * width));
  };
  return 0.15 + bump(2, 1.4) + 0.45 * bump(10, 2);
}
constexpr double kMostBusy = 1.2;

absl::Duration EntryLength(Chance& chance) {
  const double kind = chance.Fraction();
  if (kind < 0.25) return absl::Seconds(chance.Whole(45, 150));
  if (kind < 0.85) return absl::Seconds(chance.Whole(180, 780));
  return absl::Seconds(chance.Whole(1200, 2700));
}

// Many leave at once, some stay to the end, fewer where it is long.
double Patience(absl::Duration length, Chance& chance) {
  const double kind = chance.Fraction();
  if (kind < 0.22) return chance.Between(0.01, 0.15);
  if (kind > 0.55 + absl::ToDoubleHours(length) / 2) return 1;
  return chance.Between(0.1, 1);
}

double Quality(const Agent& agent, Chance& chance) {
  const double mean = std::string_view(agent.device) == "mobile" ? 0.5 : 0.7;
  return std::clamp(mean + chance.Between(-0.4, 0.3), 0.0, 1.0);
}

std::string Uuid(Chance& chance) {
  const std::uint64_t high = chance.Bits();
  const std::uint64_t low = chance.Bits();
  return absl::StrFormat("%08x-%04x-4%03x-8%03x-%012x", high >> 32, high >> 16 & 0xFFFF,
                         high & 0xFFF, low >> 52, low & 0xFFFFFFFFFFFF);
}

// What every event of the viewer says.
v1::PlayerEvent Profile(const AudienceOptions& options, std::int64_t viewer, const Agent& agent,
                        Chance& chance) {
  v1::PlayerEvent event;
  event.set_partner_id(options.partner);
  event.set_user_agent(agent.text);
  event.set_client_version(chance.Happens(0.8) ? "3.17.95" : "3.17.62");
  event.set_client_tag(absl::StrCat("html5:v", event.client_version()));
  event.set_ui_conf_id("23450001");
  if (chance.Happens(0.3)) {
    event.set_user_id(absl::StrCat("viewer-", options.seed, "-", viewer));
  } else {
    event.set_persistent_session_id(Uuid(chance));
  }
  const double plan = chance.Fraction();
  event.set_custom_var_1(plan < 0.6 ? "free" : plan < 0.9 ? "basic" : "premium");
  event.set_custom_var_2(chance.Happens(0.5) ? "layout-a" : "layout-b");
  if (chance.Happens(0.1)) event.set_custom_var_3("autumn-campaign");
  return event;
}

const Site& ChooseSite(const Agent& agent, Chance& chance) {
  const std::string_view device = agent.device;
  if (device == "tv" || device == "game_console") return LivingRoom();
  return Sites()[chance.Weighted(SiteWeights())];
}

// The longer the time, the fewer of all viewers come to its one premiere.
double PremiereShare(absl::Duration over) {
  return 0.09 * std::min(1.0, std::sqrt(absl::FDivDuration(absl::Hours(6), over)));
}

}  // namespace

Audience::Audience(const AudienceOptions& options)
    : options_(options),
      premiere_{
          .id = "0_premiere",
          .length = std::min(absl::Minutes(25), absl::Trunc(options.over / 8, absl::Seconds(1)))},
      premiere_before_end_(std::min(absl::Minutes(80), options.over / 4)) {
  Chance chance(kSeedOfEntries, 0);
  double sum = 0;
  for (std::int64_t rank = 0; rank < options.entries; ++rank) {
    entries_.push_back({.id = EntryId(rank), .length = EntryLength(chance)});
    entry_weights_.push_back(sum += std::pow(static_cast<double>(rank + 1), -0.95));
  }
}

// By rejection: as likely as it is busy then.
absl::Duration Audience::StartBeforeEnd(Chance& chance) const {
  while (true) {
    const absl::Duration before = options_.over * chance.Fraction();
    if (chance.Between(0, kMostBusy) < Busyness(before)) {
      return absl::Trunc(before, absl::Milliseconds(1));
    }
  }
}

const Audience::Entry& Audience::ChooseEntry(Chance& chance) const {
  return entries_[chance.Weighted(entry_weights_)];
}

std::vector<AudiencePlayback> Audience::PlaybacksOf(std::int64_t viewer, absl::Time end) const {
  Chance chance(options_.seed, static_cast<std::uint64_t>(viewer));
  const Agent& agent = Agents()[chance.Weighted(AgentWeights())];
  const Place& place = Places()[chance.Weighted(PlaceWeights())];
  const Site& site = ChooseSite(agent, chance);
  v1::PlayerEvent profile = Profile(options_, viewer, agent, chance);
  profile.set_client_ip(AddressIn(place, chance));
  profile.set_application(site.application);
  const double quality = Quality(agent, chance);
  const std::string player = Uuid(chance);
  const bool joins_premiere = chance.Happens(PremiereShare(options_.over));

  std::vector<AudiencePlayback> playbacks;
  std::int64_t count = 1;
  while (count < kMostPlaybacks && chance.Happens(0.3)) ++count;
  for (std::int64_t i = 0; i < count; ++i) {
    const bool is_live = i == 0 && joins_premiere;
    const Entry& entry = is_live ? premiere_ : ChooseEntry(chance);
    const absl::Duration delay =
        is_live ? absl::Milliseconds(chance.Whole(0, absl::ToInt64Milliseconds(entry.length) / 4))
                : absl::ZeroDuration();
    const absl::Duration before = is_live ? premiere_before_end_ - delay : StartBeforeEnd(chance);
    profile.set_entry_id(entry.id);
    profile.set_session_id(absl::StrCat(player, ":", Uuid(chance)));
    profile.set_event_id(absl::StrCat(options_.seed, "-", viewer, "-", i));
    profile.set_playback_type(is_live ? "live" : "vod");
    profile.set_delivery_type(is_live || quality > 0.3 ? "hls" : "url");
    profile.set_playback_context(absl::StrCat(4501 + chance.Whole(0, 5)));
    profile.set_referrer(std::string_view(site.page).empty() ? "" : site.page + entry.id);
    const Viewing viewing = {
        .media_length = entry.length - delay,
        .patience = is_live && chance.Happens(0.8) ? 1 : Patience(entry.length, chance),
        .quality = quality,
        .is_live = is_live,
        .start = end - before,
        .end = end};
    playbacks.push_back(
        {.agent = &agent, .place = &place, .events = Play(viewing, profile, chance)});
  }
  return playbacks;
}

}  // namespace playhead::tools
