#include "services/ingest/player_event_fields.h"

#include <cmath>
#include <limits>
#include <optional>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "common/strings.h"
#include "common/utf8.h"

namespace playhead::ingest {
namespace {

using E = v1::PlayerEvent;

#define PLAYHEAD_ACCESS(field) &E::mutable_##field, &E::field
#define PLAYHEAD_NUMBER(field) &E::has_##field, &E::field, &E::set_##field, &E::clear_##field

constexpr std::size_t kMaxIdBytes = 128;
constexpr std::size_t kMaxCustomVarBytes = 1024;
constexpr std::size_t kNotCut = 0;

constexpr TextField kTextFields[] = {
    {"entry_id", "entryId", PLAYHEAD_ACCESS(entry_id), kMaxIdBytes},
    {"session_id", "sessionId", PLAYHEAD_ACCESS(session_id), kMaxIdBytes},
    {"client_ip", "", PLAYHEAD_ACCESS(client_ip)},
    {"user_agent", "", PLAYHEAD_ACCESS(user_agent), 1024},
    {"ks", "ks", PLAYHEAD_ACCESS(ks), kNotCut},
    {"user_id", "userId", PLAYHEAD_ACCESS(user_id)},
    {"persistent_session_id", "persistentSessionId", PLAYHEAD_ACCESS(persistent_session_id)},
    // Its limit is that of the page inside, after decoding.
    {"referrer", "referrer", PLAYHEAD_ACCESS(referrer), kNotCut},
    {"playback_type", "playbackType", PLAYHEAD_ACCESS(playback_type)},
    {"delivery_type", "deliveryType", PLAYHEAD_ACCESS(delivery_type)},
    {"playback_context", "playbackContext", PLAYHEAD_ACCESS(playback_context)},
    {"application", "application", PLAYHEAD_ACCESS(application)},
    {"application_version", "applicationVersion applicationVer",
     PLAYHEAD_ACCESS(application_version)},
    {"kaltura_application", "kalturaApplication", PLAYHEAD_ACCESS(kaltura_application)},
    {"kaltura_application_version", "kalturaApplicationVersion kalturaApplicationVer",
     PLAYHEAD_ACCESS(kaltura_application_version)},
    {"hosting_kaltura_application", "hostingKalturaApplication",
     PLAYHEAD_ACCESS(hosting_kaltura_application)},
    {"hosting_kaltura_application_version", "hostingKalturaApplicationVersion",
     PLAYHEAD_ACCESS(hosting_kaltura_application_version)},
    {"custom_var_1", "customVar1 cf1", PLAYHEAD_ACCESS(custom_var_1), kMaxCustomVarBytes},
    {"custom_var_2", "customVar2 cf2", PLAYHEAD_ACCESS(custom_var_2), kMaxCustomVarBytes},
    {"custom_var_3", "customVar3 cf3", PLAYHEAD_ACCESS(custom_var_3), kMaxCustomVarBytes},
    {"ui_conf_id", "uiConfId", PLAYHEAD_ACCESS(ui_conf_id)},
    {"playlist_id", "playlistId", PLAYHEAD_ACCESS(playlist_id)},
    {"virtual_event_id", "virtualEventId", PLAYHEAD_ACCESS(virtual_event_id)},
    {"client_version", "clientVer", PLAYHEAD_ACCESS(client_version)},
    {"client_tag", "clientTag", PLAYHEAD_ACCESS(client_tag)},
    {"flavor_id", "flavorId flavourId", PLAYHEAD_ACCESS(flavor_id)},
    {"caption", "caption captionsLanguage", PLAYHEAD_ACCESS(caption)},
    {"audio_language", "audioLanguage", PLAYHEAD_ACCESS(audio_language)},
    {"flavor_params_id", "flavorParamsId", PLAYHEAD_ACCESS(flavor_params_id)},
    {"source_entry_id", "sourceEntryId", PLAYHEAD_ACCESS(source_entry_id), kMaxIdBytes},
    {"network_connection_type", "networkConnectionType", PLAYHEAD_ACCESS(network_connection_type)},
    {"language", "language", PLAYHEAD_ACCESS(language)},
    {"social_network", "socialNetwork socialNetwrok", PLAYHEAD_ACCESS(social_network)},
    {"related_entry_id", "relatedEntryId", PLAYHEAD_ACCESS(related_entry_id), kMaxIdBytes},
    {"error_code", "errorCode", PLAYHEAD_ACCESS(error_code)},
    {"error_details", "errorDetails", PLAYHEAD_ACCESS(error_details)},
    {"loaded_plugins", "loadedPlugins", PLAYHEAD_ACCESS(loaded_plugins)},
    {"button_name", "buttonName", PLAYHEAD_ACCESS(button_name)},
    {"button_type", "buttonType", PLAYHEAD_ACCESS(button_type)},
    {"button_value", "buttonValue", PLAYHEAD_ACCESS(button_value)},
    {"button_info", "buttonInfo", PLAYHEAD_ACCESS(button_info)},
    {"page_name", "pageName", PLAYHEAD_ACCESS(page_name)},
    {"page_type", "pageType", PLAYHEAD_ACCESS(page_type)},
    {"page_value", "pageValue", PLAYHEAD_ACCESS(page_value)},
    {"page_info", "pageInfo", PLAYHEAD_ACCESS(page_info)},
    {"feature", "feature", PLAYHEAD_ACCESS(feature)},
    {"api_name", "apiName", PLAYHEAD_ACCESS(api_name)},
    {"api_action", "apiAction", PLAYHEAD_ACCESS(api_action)},
    {"api_value", "apiValue", PLAYHEAD_ACCESS(api_value)},
    {"api_info", "apiInfo", PLAYHEAD_ACCESS(api_info)},
};

constexpr double kMaxPositionSeconds = 1e9;
constexpr double kMaxStretchSeconds = 2'592'000;
constexpr double kDaySeconds = 86'400;
constexpr double kMaxKbps = 10'000'000;

constexpr NumberField<double> kDoubleFields[] = {
    {"playback_speed", "playbackSpeed", PLAYHEAD_NUMBER(playback_speed), 0.0625, 16},
    {"position", "position", PLAYHEAD_NUMBER(position), -kMaxPositionSeconds, kMaxPositionSeconds},
    {"buffer_time", "bufferTime", PLAYHEAD_NUMBER(buffer_time), 0, kDaySeconds},
    {"buffer_time_sum", "bufferTimeSum", PLAYHEAD_NUMBER(buffer_time_sum), 0, kMaxStretchSeconds},
    {"play_time_sum", "playTimeSum", PLAYHEAD_NUMBER(play_time_sum), 0, kMaxStretchSeconds},
    // -1: unknown.
    {"actual_bitrate", "actualBitrate", PLAYHEAD_NUMBER(actual_bitrate), -1, kMaxKbps},
    {"average_bitrate", "averageBitrate", PLAYHEAD_NUMBER(average_bitrate), -1, kMaxKbps},
    {"preferred_bitrate", "preferredBitrate", PLAYHEAD_NUMBER(preferred_bitrate), -1, kMaxKbps},
    {"join_time", "joinTime", PLAYHEAD_NUMBER(join_time), 0, kDaySeconds},
    {"can_play", "canPlay", PLAYHEAD_NUMBER(can_play), 0, kDaySeconds},
    {"forward_buffer_health", "forwardBufferHealth", PLAYHEAD_NUMBER(forward_buffer_health), 0,
     1e6},
    {"target_buffer", "targetBuffer", PLAYHEAD_NUMBER(target_buffer), 0, kDaySeconds},
    {"manifest_download_time", "manifestDownloadTime", PLAYHEAD_NUMBER(manifest_download_time), 0,
     kDaySeconds},
    {"segment_download_time", "segmentDownloadTime", PLAYHEAD_NUMBER(segment_download_time), 0,
     kDaySeconds},
    {"bandwidth", "bandwidth", PLAYHEAD_NUMBER(bandwidth), -1, 1e9},
    {"dropped_frames_ratio", "droppedFramesRatio", PLAYHEAD_NUMBER(dropped_frames_ratio), -1, 1},
    {"network_connection_overhead", "networkConnectionOverhead",
     PLAYHEAD_NUMBER(network_connection_overhead), 0, kDaySeconds},
    {"target_position", "targetPosition", PLAYHEAD_NUMBER(target_position), -kMaxPositionSeconds,
     kMaxPositionSeconds},
    {"player_js_load_time", "playerJSLoadTime", PLAYHEAD_NUMBER(player_js_load_time), 0,
     kDaySeconds * 1000},
};

constexpr std::int32_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

constexpr NumberField<std::int32_t> kInt32Fields[] = {
    {"event_index", "eventIndex", PLAYHEAD_NUMBER(event_index), 1, kMaxInt32},
    {"player_skin", "playerSkin", PLAYHEAD_NUMBER(player_skin), 0, kMaxInt32},
    {"sound_mode", "soundMode", PLAYHEAD_NUMBER(sound_mode), 0, kMaxInt32},
    {"tab_mode", "tabMode", PLAYHEAD_NUMBER(tab_mode), 0, kMaxInt32},
    {"viewability_mode", "viewabilityMode", PLAYHEAD_NUMBER(viewability_mode), 0, kMaxInt32},
    {"screen_mode", "screenMode", PLAYHEAD_NUMBER(screen_mode), 0, kMaxInt32},
    {"playback_mode", "playbackMode", PLAYHEAD_NUMBER(playback_mode), 0, kMaxInt32},
    {"report_type", "reportType", PLAYHEAD_NUMBER(report_type), 0, kMaxInt32},
    {"error_position", "errorPosition", PLAYHEAD_NUMBER(error_position), 0, kMaxInt32},
};

// Some senders give milliseconds; as seconds they would be the year 5138 and later.
constexpr std::int64_t kLeastMilliseconds = 100'000'000'000;

constexpr NumberField<std::int64_t> kInt64Fields[] = {
    {"session_start_time", "sessionStartTime", PLAYHEAD_NUMBER(session_start_time), 0,
     kLeastMilliseconds},
};

#undef PLAYHEAD_ACCESS
#undef PLAYHEAD_NUMBER

struct Target {
  std::variant<const TextField*, const NumberField<double>*, const NumberField<std::int32_t>*,
               const NumberField<std::int64_t>*>
      field;
  bool is_alias = false;
};

using Targets = absl::flat_hash_map<std::string_view, Target>;

template <typename Field>
void AddTargets(std::span<const Field> fields, Targets& targets) {
  for (const Field& field : fields) {
    bool is_alias = false;
    std::string_view rest = field.parameters;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
      targets[name] = {.field = &field, .is_alias = is_alias};
      is_alias = true;
    }
  }
}

const Targets& TargetsByParameter() {
  static const Targets* const targets = [] {
    auto* made = new Targets();
    AddTargets(TextFields(), *made);
    AddTargets(DoubleFields(), *made);
    AddTargets(Int32Fields(), *made);
    AddTargets(Int64Fields(), *made);
    return made;
  }();
  return *targets;
}

std::optional<double> ReadNumber(std::string_view text) {
  double number = 0;
  // Hexadecimal is for programs, not for players.
  if (text.find_first_of("xX") != std::string_view::npos) return std::nullopt;
  if (!absl::SimpleAtod(ToAbsl(text), &number) || !std::isfinite(number)) return std::nullopt;
  return number;
}

void Set(const TextField& field, const Parameter& parameter, bool is_alias, E& event,
         FieldNotes& /*notes*/) {
  std::string& value = *(event.*field.mutable_value)();
  if (!is_alias || value.empty()) value = parameter.value;
}

// What does not fit T becomes its least value, which no range includes.
template <typename T>
T Narrow(double number) {
  if constexpr (std::is_same_v<T, double>) {
    return number;
  } else {
    constexpr double kGreatest = 9e15;  // whole numbers are exact below
    if (number != std::trunc(number) || std::abs(number) > kGreatest ||
        number > static_cast<double>(std::numeric_limits<T>::max())) {
      return std::numeric_limits<T>::min();
    }
    if (number < static_cast<double>(std::numeric_limits<T>::min())) {
      return std::numeric_limits<T>::min();
    }
    return static_cast<T>(number);
  }
}

template <typename T>
void Set(const NumberField<T>& field, const Parameter& parameter, bool is_alias, E& event,
         FieldNotes& notes) {
  if (is_alias && (event.*field.has)()) return;
  const std::optional<double> number =
      parameter.kind == ValueKind::kBool ? std::nullopt : ReadNumber(parameter.value);
  if (number.has_value()) {
    (event.*field.set)(Narrow<T>(*number));
  } else {
    notes.soft.push_back(field.name);
  }
}

template <typename T>
void LimitNumbers(std::span<const NumberField<T>> fields, E& event, FieldNotes& notes) {
  for (const NumberField<T>& field : fields) {
    if (!(event.*field.has)()) continue;
    const T value = (event.*field.value)();
    // False for NaN, too.
    if (value >= field.least && value <= field.greatest) continue;
    (event.*field.clear)();
    notes.soft.push_back(field.name);
  }
}

}  // namespace

std::span<const TextField> TextFields() { return kTextFields; }
std::span<const NumberField<double>> DoubleFields() { return kDoubleFields; }
std::span<const NumberField<std::int32_t>> Int32Fields() { return kInt32Fields; }
std::span<const NumberField<std::int64_t>> Int64Fields() { return kInt64Fields; }

void SetField(const Parameter& parameter, v1::PlayerEvent& event, FieldNotes& notes) {
  if (parameter.value.empty()) return;
  const auto it = TargetsByParameter().find(parameter.name);
  if (it == TargetsByParameter().end()) return;
  std::visit([&](const auto* field) { Set(*field, parameter, it->second.is_alias, event, notes); },
             it->second.field);
}

std::int32_t PositiveNumber(std::string_view text) {
  const std::optional<double> number = ReadNumber(text);
  const std::int32_t value = number.has_value() ? Narrow<std::int32_t>(*number) : 0;
  return value > 0 ? value : 0;
}

void LimitFields(v1::PlayerEvent& event, FieldNotes& notes) {
  for (const TextField& field : kTextFields) {
    if (field.max_bytes == kNotCut || (event.*field.value)().size() <= field.max_bytes) continue;
    std::string& value = *(event.*field.mutable_value)();
    value.resize(CutUtf8(value, field.max_bytes).size());
    notes.cut.push_back(field.name);
  }
  if (event.session_start_time() > kLeastMilliseconds) {
    event.set_session_start_time(event.session_start_time() / 1000);
  }
  LimitNumbers(DoubleFields(), event, notes);
  LimitNumbers(Int32Fields(), event, notes);
  LimitNumbers(Int64Fields(), event, notes);
}

}  // namespace playhead::ingest
