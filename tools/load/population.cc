#include "tools/load/population.h"

#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/strings.h"

namespace playhead::tools {
namespace {

// clang-format off
constexpr Agent kAgents[] = {
    // Computers.
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Chrome", 22},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "computer", "Edge", 7},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "computer", "Firefox", 4},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "computer", "Safari", 6},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Chrome", 7},
    {"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "computer", "Firefox", 2},
    {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Chrome", 2},
    // Phones.
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "mobile", "Mobile Safari", 13},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1", "mobile", "Chrome Mobile iOS", 2},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "mobile", "Chrome Mobile", 12},
    {"Mozilla/5.0 (Linux; Android 15; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "mobile", "Samsung Internet", 3},
    {"Mozilla/5.0 (Linux; Android 15; Pixel 9 Pro Build/AP4A.250205.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.48 Mobile Safari/537.36", "mobile", "Chrome Mobile WebView", 2},
    // Tablets.
    {"Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "tablet", "Mobile Safari", 4},
    {"Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "tablet", "Chrome", 2},
    {"Mozilla/5.0 (Linux; Android 11; KFTRWI Build/RS8332.3115N) AppleWebKit/537.36 (KHTML, like Gecko) Silk/130.4.1 like Chrome/130.0.6723.102 Safari/537.36", "tablet", "Amazon Silk", 1},
    // Televisions.
    {"Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) 120.0.6099.5/8.0 TV Safari/537.36", "tv", "Safari", 3},
    {"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.211 Safari/537.36 WebAppManager", "tv", "Chrome", 3},
    {"Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2 Build/STT2.230505.001) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "tv", "Chrome", 1.5},
    {"Roku/DVP-14.0 (14.0.4.5523-AE)", "tv", "Roku", 1},
    // Game consoles.
    {"Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15", "game_console", "Safari", 1},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edge/44.18363.8131", "game_console", "Edge", 1},
    // A crawler.
    {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "Googlebot", 0.5},
};

constexpr Place kPlaces[] = {
    {"198.51.100.", 1, 127, "US", 16},
    {"198.51.100.", 128, 254, "US", 9},
    {"192.0.2.", 64, 127, "DE", 11},
    {"192.0.2.", 128, 191, "GB", 10},
    {"192.0.2.", 1, 63, "FR", 8},
    {"203.0.113.", 1, 63, "IN", 8},
    {"203.0.113.", 64, 127, "BR", 6},
    {"203.0.113.", 128, 191, "JP", 5},
    {"192.0.2.", 192, 254, "ES", 4},
    {"2001:db8::", 1, 0xFFFF, "NL", 4},
    {"2001:db8:4000::", 1, 0xFFFF, "AU", 3},
    {"2001:db8:c000::", 1, 0xFFFF, "IT", 3},
    {"2001:db8:c400::", 1, 0xFFFF, "CA", 3},
    {"2001:db8:c800::", 1, 0xFFFF, "PL", 2.5},
    {"2001:db8:cc00::", 1, 0xFFFF, "MX", 2},
    {"2001:db8:d000::", 1, 0xFFFF, "SE", 2},
    {"2001:db8:d400::", 1, 0xFFFF, "KR", 2},
    {"2001:db8:d800::", 1, 0xFFFF, "ZA", 1.5},
    {"2001:db8:dc00::", 1, 0xFFFF, "NG", 1},
    {"203.0.113.", 192, 223, "LU", 0.5},
    {"2001:db8:8000::", 1, 0xFFFF, "", 0.5},
};

constexpr Site kSites[] = {
    {"https://www.northlight.example/watch/", "northlight-web", 46},
    {"https://news.harbour.example/video/", "harbour-news", 20},
    {"https://campus.lakeside.example/lectures/", "lakeside-campus", 12},
    {"https://blog.northlight.example/stories/", "northlight-web", 7},
    {"https://shop.meridian.example/products/", "meridian-shop", 5},
    {"", "northlight-app", 10},
};
// clang-format on
constexpr Site kLivingRoom = {.page = "", .application = "northlight-tv", .weight = 1};

constexpr std::string_view kTopics[] = {
    "glacier", "harbour",  "tokyo",  "jazz",    "pasta",   "orbit",  "chess",  "desert",
    "coral",   "robot",    "piano",  "volcano", "bicycle", "market", "forest", "theatre",
    "river",   "mountain", "island", "garden",  "railway", "museum", "comet",  "vineyard"};
constexpr std::string_view kForms[] = {"story",     "tour",        "trailer", "lesson",
                                       "interview", "documentary", "recap",   "masterclass",
                                       "debate",    "portrait",    "guide"};

template <typename Row, std::size_t kCount>
constexpr std::array<double, kCount> RunningSums(const Row (&rows)[kCount]) {
  std::array<double, kCount> sums{};
  double sum = 0;
  for (std::size_t i = 0; i < kCount; ++i) sums[i] = sum += rows[i].weight;
  return sums;
}
constexpr auto kAgentSums = RunningSums(kAgents);
constexpr auto kPlaceSums = RunningSums(kPlaces);
constexpr auto kSiteSums = RunningSums(kSites);

}  // namespace

std::span<const Agent> Agents() { return kAgents; }
std::span<const Place> Places() { return kPlaces; }
std::span<const Site> Sites() { return kSites; }
const Site& LivingRoom() { return kLivingRoom; }
std::span<const double> AgentWeights() { return kAgentSums; }
std::span<const double> PlaceWeights() { return kPlaceSums; }
std::span<const double> SiteWeights() { return kSiteSums; }

std::string AddressIn(const Place& place, Chance& chance) {
  const std::int64_t number = chance.Whole(place.first, place.last);
  if (std::string_view(place.prefix).ends_with(':')) {
    return absl::StrCat(place.prefix, absl::Hex(number));
  }
  return absl::StrCat(place.prefix, number);
}

std::string EntryId(std::int64_t rank) {
  constexpr auto kTopicCount = static_cast<std::int64_t>(std::size(kTopics));
  constexpr auto kFormCount = static_cast<std::int64_t>(std::size(kForms));
  // The two counts share no divisor, so that the pairs come again only after all of them.
  const auto topic = static_cast<std::size_t>(rank % kTopicCount);
  const auto form = static_cast<std::size_t>(rank % kFormCount);
  const std::int64_t round = rank / (kTopicCount * kFormCount);
  std::string id = absl::StrCat("0_", ToAbsl(kTopics[topic]), "_", ToAbsl(kForms[form]));
  if (round > 0) absl::StrAppend(&id, "_", round + 1);
  return id;
}

}  // namespace playhead::tools
