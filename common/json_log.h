#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace playhead {

enum class Severity { kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// Writes one line of JSON to stderr: time, severity, service, message, fields. Any bytes are
// escaped into valid JSON. Thread-safe.
void Log(Severity severity, std::string_view message, std::initializer_list<LogField> fields = {});

// Names the service in every later line, and makes lines of what gRPC and Protobuf log. Call once,
// before threads start.
void SetLogService(std::string_view service);

}  // namespace playhead
