#include "tests/ingest/recordings.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "boost/json/parse.hpp"

namespace playhead::ingest {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(PLAYHEAD_FIXTURES) / "beacons";

std::string TextAt(const boost::json::object& object, const char* key) {
  const boost::json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return "";
  return {value->as_string().data(), value->as_string().size()};
}

}  // namespace

std::vector<std::string> RecordingNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".ndjson") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Recorded> ReadRecording(const std::string& name) {
  std::ifstream file(kFolder / (name + ".ndjson"));
  std::vector<Recorded> requests;
  for (std::string line; std::getline(file, line);) {
    const boost::json::value value = boost::json::parse(line);
    const boost::json::object& object = value.as_object();
    const boost::json::object& headers = object.at("headers").as_object();
    requests.push_back({.method = TextAt(object, "method"),
                        .path = TextAt(object, "path"),
                        .target = TextAt(object, "rawUrl"),
                        .content_type = TextAt(headers, "content-type"),
                        .user_agent = TextAt(headers, "user-agent"),
                        .body = TextAt(object, "body")});
  }
  return requests;
}

std::vector<Recorded> ReadRecordedBeacons(const std::string& name) {
  std::vector<Recorded> requests = ReadRecording(name);
  std::erase_if(requests, [](const Recorded& r) {
    return r.path != "/api_v3/index.php" || r.method == "OPTIONS";
  });
  return requests;
}

boost::json::value ReadExpected() {
  std::ifstream file(kFolder / "expected.json");
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace playhead::ingest
