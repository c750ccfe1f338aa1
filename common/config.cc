#include "common/config.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/strings.h"

namespace playhead {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

std::string EnvironmentName(std::string_view flag) {
  return absl::StrCat("PLAYHEAD_", absl::AsciiStrToUpper(ToAbsl(flag)));
}

// Flags of this program; those that libraries register are not for its users.
std::vector<absl::CommandLineFlag*> OwnFlags() {
  std::vector<absl::CommandLineFlag*> own;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    const std::string file = flag->Filename();
    const bool is_library = absl::StrContains(file, "absl/") || absl::StrContains(file, "abseil");
    if (!is_library && !flag->IsRetired()) own.push_back(flag);
  }
  std::sort(own.begin(), own.end(), [](auto* a, auto* b) { return a->Name() < b->Name(); });
  return own;
}

[[noreturn]] void PrintHelpAndExit(std::string_view about) {
  std::cout << about << "\n\nFlags (or environment variables PLAYHEAD_<FLAG>):\n";
  for (const absl::CommandLineFlag* flag : OwnFlags()) {
    std::cout << "  --" << ToStd(flag->Name()) << "=" << flag->DefaultValue() << "\n      "
              << flag->Help() << "\n";
  }
  std::exit(0);
}

// Control characters as in C, so that one message stays one line.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    line += is_control ? absl::CHexEscape(absl::string_view(&c, 1)) : std::string(1, c);
  }
  return line;
}

// A name or address of an IPv4 host, or an IPv6 address in brackets.
bool IsHost(std::string_view host) {
  const bool is_v6 = host.starts_with('[') && host.ends_with(']');
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ||
           (is_v6 && (c == ':' || c == '[' || c == ']' || c == '%'));
  });
}

bool IsHostAndPort(std::string_view value, int least_port) {
  const std::size_t colon = value.rfind(':');
  int port = 0;
  return colon != std::string_view::npos && IsHost(value.substr(0, colon)) &&
         absl::SimpleAtoi(ToAbsl(value.substr(colon + 1)), &port) && port >= least_port &&
         port <= 65535;
}

absl::Status SetFlag(const std::string& name, const std::string& value, const std::string& from) {
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  if (flag == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(from, ": no such flag; --help lists the flags"));
  }
  std::string error;
  if (flag->ParseFrom(value, &error)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      from, "=", value, ": ", error.empty() ? "bad value" : error, " (", flag->Help(), ")"));
}

struct Argument {
  std::string name;
  std::optional<std::string> value;
};

absl::StatusOr<Argument> SplitArgument(std::string_view text) {
  if (!text.starts_with("--") || text.size() == 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument ", ToAbsl(text), "; flags are --name=value"));
  }
  text.remove_prefix(2);
  const std::size_t equals = text.find('=');
  Argument argument{.name = std::string(text.substr(0, equals)), .value = std::nullopt};
  if (equals != std::string_view::npos) argument.value = std::string(text.substr(equals + 1));
  return argument;
}

absl::Status ApplyArguments(const std::vector<std::string>& arguments, std::set<std::string>& set) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    ASSIGN_OR_RETURN(Argument argument, SplitArgument(arguments[i]));
    const absl::CommandLineFlag* flag = absl::FindCommandLineFlag(argument.name);
    const bool is_bool = flag != nullptr && flag->IsOfType<bool>();
    if (flag == nullptr && !argument.value && argument.name.starts_with("no") &&
        absl::FindCommandLineFlag(argument.name.substr(2)) != nullptr) {
      argument = {.name = argument.name.substr(2), .value = "false"};
    } else if (!argument.value && is_bool) {
      argument.value = "true";
    } else if (!argument.value && flag != nullptr) {
      if (i + 1 == arguments.size()) {
        return absl::InvalidArgumentError(absl::StrCat("--", argument.name, " needs a value"));
      }
      argument.value = arguments[++i];
    }
    RETURN_IF_ERROR(
        SetFlag(argument.name, argument.value.value_or(""), absl::StrCat("--", argument.name)));
    set.insert(argument.name);
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(const std::set<std::string>& set) {
  for (absl::CommandLineFlag* flag : OwnFlags()) {
    const std::string name(ToStd(flag->Name()));
    if (set.contains(name)) continue;
    const std::string variable = EnvironmentName(name);
    const char* value = std::getenv(variable.c_str());
    if (value != nullptr) RETURN_IF_ERROR(SetFlag(name, value, variable));
  }
  return absl::OkStatus();
}

}  // namespace

void ParseFlagsOrExit(int argc, char** argv, std::string_view about) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
    PrintHelpAndExit(about);
  }
  std::set<std::string> set;
  CheckConfigOrExit(ApplyArguments(arguments, set));
  CheckConfigOrExit(ApplyEnvironment(set));
}

void CheckConfigOrExit(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << OneLine(ToStd(status.message())) << std::endl;
  std::exit(kExitConfig);
}

absl::Status CheckListen(std::string_view flag, const std::string& value, bool insecure_listen) {
  const std::string name = absl::StrCat("--", ToAbsl(flag), "=", value);
  if (!IsHostAndPort(value, 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": not host:port with a port of 0 to 65535, such as 127.0.0.1:7070"));
  }
  const std::string host = value.substr(0, value.rfind(':'));
  const bool is_127 =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  const bool is_loopback = host == "localhost" || host == "[::1]" || is_127;
  if (is_loopback || insecure_listen) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      name, ": not a loopback address; --insecure_listen allows it, without TLS and keys"));
}

absl::Status CheckTarget(std::string_view flag, const std::string& value) {
  if (IsHostAndPort(value, 1)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--", ToAbsl(flag), "=", value,
                   ": not host:port with a port of 1 to 65535, such as 127.0.0.1:7072"));
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::string content(kMaxFileBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": larger than 1 MiB"));
  }
  return content;
}

}  // namespace playhead
