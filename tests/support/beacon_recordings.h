#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/event.h"
#include "common/hash.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "playhead/v1/event_batch.pb.h"

namespace playhead {

// Parses a JSON object, or throws.
inline google::protobuf::Struct ParseJson(const std::string& text) {
  google::protobuf::Struct object;
  if (!google::protobuf::util::JsonStringToMessage(text, &object).ok()) {
    throw std::runtime_error("not a JSON object: " + text.substr(0, 100));
  }
  return object;
}

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A recorded beacon's parameters as texts.
using BeaconFields = std::map<std::string, std::string>;

inline void AddFields(const google::protobuf::Struct& object, BeaconFields& fields) {
  for (const auto& [name, value] : object.fields()) {
    if (value.kind_case() == google::protobuf::Value::kNumberValue) {
      std::ostringstream text;
      text.precision(17);
      text << value.number_value();
      fields[name] = text.str();
    } else {
      fields[name] = value.string_value();
    }
  }
}

// The event that ingest would make of a beacon; only what is folded.
inline Event ToEvent(const BeaconFields& fields, std::int64_t time_ms) {
  const auto text = [&](const char* name) {
    const auto it = fields.find(name);
    return it == fields.end() ? std::string() : it->second;
  };
  const auto milli = [&](const char* name) {
    const std::string value = text(name);
    return value.empty() ? std::int64_t{-1} : std::llround(std::stod(value) * 1000);
  };
  std::string content;
  for (const auto& [name, value] : fields) content += name + "=" + value + "&";
  const std::string session = text("sessionId").empty() ? "anon:1" : text("sessionId");

  Event event;
  event.partner = std::stoi(text("partnerId"));
  event.event_type = std::stoi(text("eventType"));
  event.door = v1::DOOR_BEACON;
  event.receive_time_ms = event.event_time_ms = time_ms;
  event.event_index =
      static_cast<std::uint32_t>(text("eventIndex").empty() ? 0 : std::stoi(text("eventIndex")));
  event.content = Murmur3(content).low;
  if (event.event_index != 0) event.identity = Murmur3(content);
  event.session = Murmur3(text("partnerId") + "/" + session);
  event.viewer = Murmur3(text("partnerId") + "/u:" + text("userId")).low;
  event.dimension(catalog::Dimension::kEntry) = text("entryId");
  event.dimension(catalog::Dimension::kErrorCode) = text("errorCode");
  event.number(catalog::Number::kPlayTimeSumMs) = milli("playTimeSum");
  event.number(catalog::Number::kBufferTimeMs) = milli("bufferTime");
  event.number(catalog::Number::kJoinTimeMs) = milli("joinTime");
  event.number(catalog::Number::kPlaybackSpeedPpm) =
      milli("playbackSpeed") < 0 ? -1 : milli("playbackSpeed") * 1000;
  return event;
}

// The beacons of one scenario, in order of arrival.
inline std::vector<Event> ReadRecording(const std::string& path) {
  std::vector<Event> events;
  std::istringstream lines(ReadText(path));
  for (std::string line; std::getline(lines, line);) {
    const google::protobuf::Struct request = ParseJson(line);
    const auto& at = request.fields();
    const std::string& url = at.at("rawUrl").string_value();
    if (at.at("method").string_value() == "OPTIONS") continue;
    if (url.find("service=analytics") == std::string::npos) continue;
    BeaconFields fields;
    AddFields(at.at("query").struct_value(), fields);
    const std::string& body = at.at("body").string_value();
    if (!body.empty()) AddFields(ParseJson(body), fields);
    events.push_back(ToEvent(fields, static_cast<std::int64_t>(at.at("t").number_value())));
  }
  return events;
}

}  // namespace playhead
