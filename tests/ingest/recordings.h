#pragma once

#include <string>
#include <vector>

#include "boost/json/value.hpp"

namespace playhead::ingest {

// One HTTP request of a recorded player session.
struct Recorded {
  std::string method;
  std::string path;
  std::string target;
  std::string content_type;
  std::string user_agent;
  std::string body;
};

// Names of all recorded scenarios, sorted.
std::vector<std::string> RecordingNames();

// All requests of a scenario, in order of arrival.
std::vector<Recorded> ReadRecording(const std::string& name);

// Those that carry an event.
std::vector<Recorded> ReadRecordedBeacons(const std::string& name);

// What was counted in the recordings by other means, by scenario.
boost::json::value ReadExpected();

}  // namespace playhead::ingest
