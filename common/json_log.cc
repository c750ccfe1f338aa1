#include "common/json_log.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/utf8.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"

namespace playhead {
namespace {

std::string& ServiceName() {
  static auto& name = *new std::string("playhead");
  return name;
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

Severity SeverityOf(gpr_log_severity severity) {
  return severity == GPR_LOG_SEVERITY_ERROR ? Severity::kError : Severity::kInfo;
}

Severity SeverityOf(google::protobuf::LogLevel level) {
  if (level == google::protobuf::LOGLEVEL_INFO) return Severity::kInfo;
  return level == google::protobuf::LOGLEVEL_WARNING ? Severity::kWarning : Severity::kError;
}

void AppendString(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : ValidUtf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void SetLogService(std::string_view service) {
  ServiceName() = std::string(service);
  gpr_set_log_function([](gpr_log_func_args* args) {
    Log(SeverityOf(args->severity), args->message, {{"library", "grpc"}});
  });
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel level, const char*, int, const std::string& message) {
        Log(SeverityOf(level), message, {{"library", "protobuf"}});
      });
}

void Log(Severity severity, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = absl::StrCat(
      "{\"time\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()),
      "\",\"severity\":\"", std::string(SeverityName(severity)), "\",\"service\":");
  AppendString(line, ServiceName());
  line += ",\"message\":";
  AppendString(line, message);
  for (const auto& [name, value] : fields) {
    line += ',';
    AppendString(line, name);
    line += ':';
    AppendString(line, value);
  }
  line += "}\n";
  // One write per line, so that lines of threads do not mix. A log that cannot be written has
  // nowhere to say so.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace playhead
