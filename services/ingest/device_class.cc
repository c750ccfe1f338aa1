#include "services/ingest/device_class.h"

#include <algorithm>
#include <array>
#include <span>

#include "absl/strings/match.h"
#include "common/strings.h"

namespace playhead::ingest {
namespace {

using Words = std::span<const std::string_view>;

constexpr auto kConsoleWords =
    std::to_array<std::string_view>({"playstation", "xbox", "nintendo", "steamdeck", "steam deck"});
// A headset is worn, too.
constexpr auto kWearableWords =
    std::to_array<std::string_view>({"watchos", "watch os", "apple watch", "wear os", "smartwatch",
                                     "galaxy watch", "oculusbrowser", "; quest", "picobrowser"});
constexpr auto kTvWords =
    std::to_array<std::string_view>({"smart-tv",  "smarttv",    "smart tv",   "smart_tv",
                                     "hbbtv",     "appletv",    "apple tv",   "tvos",
                                     "googletv",  "google tv",  "android tv", "androidtv",
                                     "bravia",    "roku",       "web0s",      "webos.tv",
                                     "netcast",   "crkey",      "viera",      "aquos",
                                     "philipstv", "nettv",      "mibox",      "mitv",
                                     "opera tv",  "vizio",      "tv safari",  "espial",
                                     "; aft",     "chromecast", "shield tv",  "shield android tv",
                                     "vidaa",     "freebox",    "dtv"});
constexpr auto kTabletWords = std::to_array<std::string_view>(
    {"ipad", "tablet;", "tablet build", "; tablet", "playbook", "kindle", "nexus 7", "nexus 9",
     "nexus 10", "pixel c ", "pixel tablet"});
constexpr auto kAndroidTabletModels = std::to_array<std::string_view>(
    {"; kf", "; sm-t", "; sm-x", "; sm-p", "; gt-p", "; lenovo tb", "tablet", "pad"});
constexpr auto kMobileWords =
    std::to_array<std::string_view>({"mobile", "iphone", "ipod", "phone", "midp", "opera mini"});
constexpr auto kMobileSystems = std::to_array<std::string_view>(
    {"iOS", "Android", "Windows Phone", "Windows Mobile", "BlackBerry OS", "KaiOS", "Firefox OS",
     "Symbian OS", "Brew MP", "Bada", "Maemo", "MeeGo", "Windows CE", "webOS", "Samsung",
     "Nokia Series 40"});
constexpr auto kComputerSystems = std::to_array<std::string_view>(
    {"Windows", "Mac OS X",  "Mac OS",   "macOS",      "Linux",      "Ubuntu",
     "Kubuntu", "Debian",    "Fedora",   "Red Hat",    "CentOS",     "Gentoo",
     "SUSE",    "Slackware", "Mandriva", "Arch Linux", "Linux Mint", "Chrome OS",
     "FreeBSD", "OpenBSD",   "NetBSD",   "Solaris",    "DragonFly"});

bool HasAny(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

bool Has(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

bool IsOneOf(std::string_view text, Words words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsTv(const DeviceTraits& traits) {
  return traits.brand == "Generic_Inettv" || HasAny(traits.lower, kTvWords) ||
         (Has(traits.lower, "tizen") && Has(traits.lower, " tv"));
}

// A browser of an Android phone says Mobile, that of a tablet does not; an application says
// neither.
bool IsAndroidTablet(std::string_view lower) {
  if (HasAny(lower, kAndroidTabletModels)) return true;
  return (Has(lower, "applewebkit") || Has(lower, "gecko/")) && !Has(lower, "mobile");
}

bool IsTablet(const DeviceTraits& traits) {
  if (traits.device_family == "Generic Tablet" || traits.brand == "Generic_Android_Tablet") {
    return true;
  }
  if (traits.operating_system_family == "Android") return IsAndroidTablet(traits.lower);
  return HasAny(traits.lower, kTabletWords);
}

bool IsMobile(const DeviceTraits& traits) {
  return absl::StartsWith(ToAbsl(traits.device_family), "Generic Smart") ||
         absl::StartsWith(ToAbsl(traits.device_family), "Generic Feature") ||
         IsOneOf(traits.operating_system_family, kMobileSystems) ||
         HasAny(traits.lower, kMobileWords);
}

}  // namespace

std::string_view DeviceClass(const DeviceTraits& traits) {
  // The particular before the general: a console says that it is a TV, a TV that it is a mobile.
  if (HasAny(traits.lower, kConsoleWords)) return "game_console";
  if (traits.operating_system_family == "WatchOS" || HasAny(traits.lower, kWearableWords)) {
    return "wearable";
  }
  if (IsTv(traits)) return "tv";
  if (IsTablet(traits)) return "tablet";
  if (IsMobile(traits)) return "mobile";
  if (IsOneOf(traits.operating_system_family, kComputerSystems)) return "computer";
  return "";
}

}  // namespace playhead::ingest
