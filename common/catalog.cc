#include "common/catalog.h"

namespace playhead::catalog {
namespace {

using D = Dimension;
using M = Measure;
using K = MetricKind;

constexpr std::array<DimensionInfo, kDimensionCount> kDimensions = {{
    {D::kEntry, "entry", "entryId entry_id", Storage::kText, 128, "client", "The video."},
    {D::kDevice, "device", "userAgent.device", Storage::kText, 256, "server", "Class of device."},
    {D::kOperatingSystem, "operating_system", "operatingSystem userAgent.operatingSystem",
     Storage::kText, 256, "server", "Operating system with version."},
    {D::kOperatingSystemFamily, "operating_system_family",
     "operatingSystemFamily userAgent.operatingSystemFamily", Storage::kText, 256, "server",
     "Operating system without version."},
    {D::kBrowser, "browser", "userAgent.browser", Storage::kText, 256, "server",
     "Browser with version."},
    {D::kBrowserFamily, "browser_family", "browserFamily userAgent.browserFamily", Storage::kText,
     256, "server", "Browser without version."},
    {D::kCountry, "country", "location.country", Storage::kText, 256, "server",
     "ISO 3166 alpha-2 code of the viewer's country."},
    {D::kRegion, "region", "location.region", Storage::kText, 256, "server", "Region or state."},
    {D::kCity, "city", "location.city", Storage::kText, 256, "server", "City."},
    {D::kIsp, "isp", "location.isp", Storage::kText, 256, "server",
     "Network operator of the viewer."},
    {D::kDomain, "domain", "syndicationDomain urlParts.domain", Storage::kText, 256, "server",
     "Host of the embedding page, without port."},
    {D::kPage, "page", "syndicationURL referrer urlParts.canonicalUrl", Storage::kHashedId, 1024,
     "server", "Host, port and path of the embedding page."},
    {D::kApplication, "application", "", Storage::kText, 256, "client",
     "The application that embeds the player."},
    {D::kPlaybackContext, "playback_context", "playbackContext", Storage::kText, 256, "client",
     "The category or channel that the entry was reached through."},
    {D::kCustomVar1, "custom_var_1", "customVar1 cf1", Storage::kText, 1024, "client",
     "The customer's own variable 1."},
    {D::kCustomVar2, "custom_var_2", "customVar2 cf2", Storage::kText, 1024, "client",
     "The customer's own variable 2."},
    {D::kCustomVar3, "custom_var_3", "customVar3 cf3", Storage::kText, 1024, "client",
     "The customer's own variable 3."},
    {D::kPlaybackType, "playback_type", "playbackType", Storage::kText, 256, "client",
     "vod, live, dvr or offline."},
    {D::kDeliveryType, "delivery_type", "deliveryType streamingProtocol", Storage::kText, 256,
     "client", "hls, dash, url, ..."},
    {D::kPlayerVersion, "player_version", "playerVersion clientVer", Storage::kText, 256, "client",
     "Version of the player."},
    {D::kUiConf, "ui_conf", "uiConfId uiConfID", Storage::kText, 256, "client",
     "The player's configuration."},
    {D::kUser, "user", "userId kuserId", Storage::kHashedId, 256, "client",
     "The viewer's user id: verified where there is one, else as claimed."},
    {D::kVirtualEvent, "virtual_event", "virtualEventId", Storage::kText, 256, "client",
     "The virtual event."},
    {D::kPlaylist, "playlist", "playlistId", Storage::kText, 256, "client", "The playlist."},
    {D::kTraffic, "traffic", "", Storage::kText, 16, "server",
     "Empty for human traffic, else its kind."},
    {D::kErrorCode, "error_code", "errorCode", Storage::kText, 256, "client",
     "The player's error code, of errors only."},
}};

constexpr std::array<MeasureInfo, kMeasureCount> kMeasures = {{
    {M::kImpressions, "impressions", 1, true},
    {M::kPlayRequests, "play_requests", 2, true},
    {M::kPlays, "plays", 3, true},
    {M::kResumes, "resumes", 4, true},
    {M::kPlayThrough25, "play_through_25", 11, true},
    {M::kPlayThrough50, "play_through_50", 12, true},
    {M::kPlayThrough75, "play_through_75", 13, true},
    {M::kPlayThrough90, "play_through_90", 15, true},
    {M::kPlayThrough100, "play_through_100", 14, true},
    {M::kPauses, "pauses", 33, true},
    {M::kSeeks, "seeks", 35, true},
    {M::kReplays, "replays", 34, true},
    {M::kBufferStarts, "buffer_starts", 45, true},
    {M::kErrors, "errors", 98, true},
    {M::kViews, "views", 99, true},
    {M::kPlayTimeMs, "play_time_ms", 0, false},
    {M::kBufferTimeMs, "buffer_time_ms", 0, false},
    {M::kJoinTimeMs, "join_time_ms", 0, false},
    {M::kJoinCount, "join_count", 0, true},
    {M::kBitrateBps, "bitrate_bps", 0, false},
    {M::kBitrateCount, "bitrate_count", 0, true},
}};

constexpr std::array<SketchInfo, kSketchCount> kSketches = {{
    {Sketch::kUniqueViewers, "unique_viewers", "viewer_hash"},
    {Sketch::kUniqueSessions, "unique_sessions", "session_low"},
    {Sketch::kUniqueKnownUsers, "unique_known_users", "known_user_hash"},
}};

constexpr std::array kEntryDimensions = {D::kEntry};
constexpr std::array kPlaceDimensions = {D::kCountry, D::kRegion, D::kCity};
constexpr std::array kDeviceDimensions = {D::kDevice, D::kOperatingSystem, D::kBrowser};
constexpr std::array kDomainDimensions = {D::kDomain};
constexpr std::array kEntryPageDimensions = {D::kEntry, D::kDomain, D::kPage};

constexpr std::array kOsBrowserDimensions = {D::kOperatingSystemFamily, D::kOperatingSystem,
                                             D::kBrowserFamily, D::kBrowser};
constexpr std::array kCountryOsBrowserDimensions = {
    D::kCountry, D::kOperatingSystemFamily, D::kOperatingSystem, D::kBrowserFamily, D::kBrowser};
constexpr std::array kContextDimensions = {D::kApplication, D::kPlaybackContext};
constexpr std::array kCustomVarDimensions = {D::kCustomVar1, D::kCustomVar2, D::kCustomVar3};
constexpr std::array kPlaybackTypeDimensions = {D::kPlaybackType};
constexpr std::array kEntryPlaceDimensions = {D::kEntry, D::kCountry, D::kRegion, D::kCity};
constexpr std::array kEntryDeviceDimensions = {D::kEntry, D::kDevice, D::kOperatingSystemFamily,
                                               D::kOperatingSystem};
constexpr std::array kEntryOsBrowserDimensions = {
    D::kEntry, D::kOperatingSystemFamily, D::kOperatingSystem, D::kBrowserFamily, D::kBrowser};
constexpr std::array kEntryCustomVarDimensions = {D::kEntry, D::kCustomVar1, D::kCustomVar2,
                                                  D::kCustomVar3};

constexpr std::array<Rollup, 15> kRollups = {{
    {.name = "partner", .dimensions = {}, .has_known_users = true},
    {.name = "entry", .dimensions = kEntryDimensions, .has_known_users = true},
    {.name = "country_region_city", .dimensions = kPlaceDimensions, .has_known_users = true},
    {.name = "device_os_browser", .dimensions = kDeviceDimensions},
    {.name = "domain", .dimensions = kDomainDimensions},
    {.name = "entry_domain_page", .dimensions = kEntryPageDimensions, .has_minute_tier = false},
    {.name = "os_browser", .dimensions = kOsBrowserDimensions, .since_migration = 5},
    {.name = "country_os_browser",
     .dimensions = kCountryOsBrowserDimensions,
     .has_minute_tier = false,
     .since_migration = 5},
    {.name = "application_playback_context",
     .dimensions = kContextDimensions,
     .has_known_users = true,
     .since_migration = 5},
    {.name = "custom_vars",
     .dimensions = kCustomVarDimensions,
     .has_minute_tier = false,
     .since_migration = 5},
    {.name = "playback_type", .dimensions = kPlaybackTypeDimensions, .since_migration = 5},
    {.name = "entry_country_region_city",
     .dimensions = kEntryPlaceDimensions,
     .has_minute_tier = false,
     .since_migration = 5},
    {.name = "entry_device_os",
     .dimensions = kEntryDeviceDimensions,
     .has_minute_tier = false,
     .since_migration = 5},
    {.name = "entry_os_browser",
     .dimensions = kEntryOsBrowserDimensions,
     .has_minute_tier = false,
     .since_migration = 5},
    {.name = "entry_custom_vars",
     .dimensions = kEntryCustomVarDimensions,
     .has_minute_tier = false,
     .since_migration = 5},
}};

constexpr std::array kCountryDimensions = {D::kCountry};
constexpr std::array kApplicationDimensions = {D::kApplication};
constexpr std::array kEntryCountryDimensions = {D::kEntry, D::kCountry};
constexpr std::array kEntryDomainDimensions = {D::kEntry, D::kDomain};
constexpr std::array kEntryApplicationDimensions = {D::kEntry, D::kApplication};

constexpr std::array<Audience, 10> kAudiences = {{
    {"partner", {}},
    {"entry", kEntryDimensions},
    {"country", kCountryDimensions},
    {"country_region_city", kPlaceDimensions},
    {"domain", kDomainDimensions},
    {"application", kApplicationDimensions},
    {"entry_country", kEntryCountryDimensions},
    {"entry_country_region_city", kEntryPlaceDimensions},
    {"entry_domain", kEntryDomainDimensions},
    {"entry_application", kEntryApplicationDimensions},
}};
constexpr std::array kAudienceDimensions = {D::kEntry, D::kCountry, D::kRegion,
                                            D::kCity,  D::kDomain,  D::kApplication};

constexpr Metric Count(std::string_view name, std::string_view aliases, M measure,
                       std::string_view formula) {
  return {.name = name,
          .aliases = aliases,
          .kind = K::kMeasure,
          .unit = "count",
          .numerator = measure,
          .formula = formula};
}

constexpr Metric EventCount(std::string_view name, std::string_view aliases,
                            std::int32_t event_type, std::string_view formula) {
  return {.name = name,
          .aliases = aliases,
          .kind = K::kEventType,
          .unit = "count",
          .event_type = event_type,
          .formula = formula};
}

constexpr Metric Sum(std::string_view name, std::string_view aliases, std::string_view unit,
                     M measure, double scale, std::string_view formula) {
  return {.name = name,
          .aliases = aliases,
          .kind = K::kMeasure,
          .unit = unit,
          .numerator = measure,
          .scale = scale,
          .formula = formula};
}

constexpr Metric Ratio(std::string_view name, std::string_view aliases, std::string_view unit,
                       M numerator, M denominator, double scale, std::string_view formula) {
  return {.name = name,
          .aliases = aliases,
          .kind = K::kRatio,
          .unit = unit,
          .numerator = numerator,
          .denominator = denominator,
          .scale = scale,
          .formula = formula};
}

constexpr Metric Unique(std::string_view name, std::string_view aliases, Sketch sketch,
                        std::string_view formula) {
  return {.name = name,
          .aliases = aliases,
          .kind = K::kSketch,
          .unit = "count",
          .sketch = sketch,
          .formula = formula};
}

constexpr std::array kMetrics = {
    Metric{.name = "events",
           .aliases = "count_all",
           .kind = K::kEvents,
           .unit = "count",
           .formula = "events of every type"},
    Count("impressions", "playerImpression count_loads", M::kImpressions, "events of type 1"),
    Count("play_requests", "playRequested count_play_requested", M::kPlayRequests,
          "events of type 2"),
    Count("plays", "play count_plays", M::kPlays, "events of type 3"),
    Count("resumes", "resume count_resume_clicked", M::kResumes, "events of type 4"),
    Count("play_through_25", "playThrough25 count_plays_25", M::kPlayThrough25,
          "events of type 11"),
    Count("play_through_50", "playThrough50 count_plays_50", M::kPlayThrough50,
          "events of type 12"),
    Count("play_through_75", "playThrough75 count_plays_75", M::kPlayThrough75,
          "events of type 13"),
    Count("play_through_90", "playThrough90", M::kPlayThrough90, "events of type 15"),
    Count("play_through_100", "playThrough100 count_plays_100", M::kPlayThrough100,
          "events of type 14"),
    EventCount("share_clicks", "shareClicked count_viral", 21, "events of type 21"),
    EventCount("shares", "shared", 22, "events of type 22"),
    EventCount("downloads", "downloadClicked count_download", 23, "events of type 23"),
    EventCount("report_clicks", "reportClicked count_report", 24, "events of type 24"),
    EventCount("reports_submitted", "reportSubmitted count_report_submitted", 25,
               "events of type 25"),
    EventCount("enter_fullscreens", "enterFullscreen", 31, "events of type 31"),
    EventCount("exit_fullscreens", "exitFullscreen", 32, "events of type 32"),
    Count("pauses", "pauseClicked count_pause_clicked", M::kPauses,
          "events of type 33, which a player also sends at the natural end"),
    Count("replays", "replay", M::kReplays, "events of type 34"),
    Count("seeks", "seek", M::kSeeks, "events of type 35"),
    EventCount("related_clicks", "relatedClicked", 36, "events of type 36"),
    EventCount("related_selections", "relatedSelected count_related_selected", 37,
               "events of type 37"),
    EventCount("caption_changes", "captions count_captions", 38, "events of type 38"),
    EventCount("source_selections", "sourceSelected", 39, "events of type 39"),
    EventCount("info_clicks", "info count_info", 40, "events of type 40"),
    EventCount("speed_changes", "speed count_speed", 41, "events of type 41"),
    EventCount("audio_selections", "audioSelected", 42, "events of type 42"),
    EventCount("flavor_switches", "flavorSwitch count_flavor_switch", 43, "events of type 43"),
    Count("buffer_starts", "bufferStart count_buffer_start", M::kBufferStarts, "events of type 45"),
    EventCount("buffer_ends", "bufferEnd", 46, "events of type 46"),
    Count("errors", "error", M::kErrors, "events of type 98"),
    EventCount("button_clicks", "buttonClicked count_button_clicked", 10002,
               "events of type 10002"),
    EventCount("page_loads", "pageLoad count_page_loaded", 10003, "events of type 10003"),
    EventCount("api_calls", "", 10005, "events of type 10005"),
    Count("views", "view", M::kViews, "events of type 99: heartbeats, one per ten seconds of play"),
    Sum("play_time", "playTime", "s", M::kPlayTimeMs, 1e3,
        "growth of playTimeSum within each stretch of VIEWs (type 99)"),
    Sum("minutes_watched", "minutesWatched sum_view_period", "min", M::kPlayTimeMs, 6e4,
        "play_time / 60"),
    Metric{.name = "viewers",
           .aliases = "",
           .kind = K::kViewers,
           .unit = "count",
           .numerator = M::kViews,
           .formula = "concurrent viewers: VIEWs (type 99) per ten seconds, the mean over a longer "
                      "bucket"},
    Metric{.name = "peak_viewers",
           .aliases = "peakView peakViewers",
           .kind = K::kPeak,
           .unit = "count",
           .numerator = M::kViews,
           .formula = "the most VIEWs (type 99) in any ten seconds"},
    Sum("minutes_watched_estimated", "estimatedMinutesWatched", "min", M::kViews, 6, "views / 6"),
    Ratio("average_view_duration", "averageViewDuration avg_view_period_time_sec", "s",
          M::kPlayTimeMs, M::kPlays, 1e3, "play_time / plays"),
    Ratio("play_ratio", "playRatio load_play_ratio", "ratio", M::kPlays, M::kImpressions, 1,
          "plays / impressions"),
    Metric{.name = "average_view_drop_off",
           .aliases = "averageViewDropOff avg_view_drop_off",
           .kind = K::kQuartiles,
           .unit = "ratio",
           .denominator = M::kPlays,
           .formula = "(play_through_25 + _50 + _75 + _100) / 4 / plays"},
    Ratio("completion_rate", "completionRate play_through_ratio", "ratio", M::kPlayThrough100,
          M::kPlays, 1, "play_through_100 / plays"),
    Unique("unique_viewers", "uniqueViewers", Sketch::kUniqueViewers,
           "distinct viewers of types 3, 4 and 99; viewer = user, else persistent session, else "
           "session"),
    Unique("unique_known_users", "uniqueKnownUsers", Sketch::kUniqueKnownUsers,
           "distinct users that a Kaltura session verifies"),
    Unique("unique_sessions", "uniqueSessions", Sketch::kUniqueSessions,
           "distinct sessions of all events"),
    Sum("buffer_time", "bufferTime", "s", M::kBufferTimeMs, 1e3, "bufferTime of VIEWs (type 99)"),
    Ratio("rebuffer_ratio", "rebufferRatio", "ratio", M::kBufferTimeMs, M::kPlayTimeMs, 1,
          "buffer_time / play_time"),
    Ratio("join_time", "joinTime avg_join_time", "s", M::kJoinTimeMs, M::kJoinCount, 1e3,
          "mean joinTime of PLAYs (type 3) that carry one"),
    Ratio("bitrate", "avg_view_bitrate", "kbps", M::kBitrateBps, M::kBitrateCount, 1e3,
          "mean actualBitrate of VIEWs (type 99) where it is above 0; 1 kbps = 1,000 bit/s"),
    Ratio("error_rate", "errorRate", "ratio", M::kErrors, M::kPlayRequests, 1,
          "errors / play_requests"),
};

struct NamedEventType {
  std::int32_t event_type;
  std::string_view name;
};
constexpr std::array kEventTypeNames = {
    NamedEventType{1, "playerImpression"},
    NamedEventType{2, "playRequested"},
    NamedEventType{3, "play"},
    NamedEventType{4, "resume"},
    NamedEventType{11, "playThrough25"},
    NamedEventType{12, "playThrough50"},
    NamedEventType{13, "playThrough75"},
    NamedEventType{14, "playThrough100"},
    NamedEventType{15, "playThrough90"},
    NamedEventType{21, "shareClicked"},
    NamedEventType{22, "shared"},
    NamedEventType{23, "downloadClicked"},
    NamedEventType{24, "reportClicked"},
    NamedEventType{25, "reportSubmitted"},
    NamedEventType{31, "enterFullscreen"},
    NamedEventType{32, "exitFullscreen"},
    NamedEventType{33, "pauseClicked"},
    NamedEventType{34, "replay"},
    NamedEventType{35, "seek"},
    NamedEventType{36, "relatedClicked"},
    NamedEventType{37, "relatedSelected"},
    NamedEventType{38, "captions"},
    NamedEventType{39, "sourceSelected"},
    NamedEventType{40, "info"},
    NamedEventType{41, "speed"},
    NamedEventType{42, "audioSelected"},
    NamedEventType{43, "flavorSwitch"},
    NamedEventType{45, "bufferStart"},
    NamedEventType{46, "bufferEnd"},
    NamedEventType{98, "error"},
    NamedEventType{99, "view"},
    NamedEventType{10002, "buttonClicked"},
    NamedEventType{10003, "pageLoad"},
    NamedEventType{10005, "apiCall"},
};

bool ListHas(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t space = list.find(' ');
    if (list.substr(0, space) == word) return true;
    if (space == std::string_view::npos) return false;
    list.remove_prefix(space + 1);
  }
  return false;
}

template <typename Range>
auto FindByName(const Range& range, std::string_view name) -> decltype(&*range.begin()) {
  for (const auto& item : range) {
    if (item.name == name || ListHas(item.aliases, name)) return &item;
  }
  return nullptr;
}

}  // namespace

std::span<const DimensionInfo> Dimensions() { return kDimensions; }
const DimensionInfo& Info(Dimension id) { return kDimensions[static_cast<std::size_t>(id)]; }

std::span<const MeasureInfo> Measures() { return kMeasures; }
const MeasureInfo& Info(Measure id) { return kMeasures[static_cast<std::size_t>(id)]; }

std::optional<Measure> MeasureOfEventType(std::int32_t event_type) {
  for (const MeasureInfo& measure : kMeasures) {
    if (measure.event_type == event_type && event_type != 0) return measure.id;
  }
  return std::nullopt;
}

std::span<const SketchInfo> Sketches() { return kSketches; }
const SketchInfo& Info(Sketch id) { return kSketches[static_cast<std::size_t>(id)]; }

std::span<const Rollup> Rollups() { return kRollups; }

std::span<const Audience> Audiences() { return kAudiences; }
std::span<const Dimension> AudienceDimensions() { return kAudienceDimensions; }

std::string_view GrainName(Grain grain) {
  switch (grain) {
    case Grain::kMinute:
      return "minute";
    case Grain::kQuarterHour:
      return "quarter_hour";
    case Grain::kDay:
      return "day";
  }
  return "";
}

std::span<const Metric> Metrics() { return kMetrics; }

const Metric* FindMetric(std::string_view name) { return FindByName(kMetrics, name); }
const DimensionInfo* FindDimension(std::string_view name) { return FindByName(kDimensions, name); }

std::string_view EventTypeName(std::int32_t event_type) {
  for (const NamedEventType& named : kEventTypeNames) {
    if (named.event_type == event_type) return named.name;
  }
  return "";
}

}  // namespace playhead::catalog
