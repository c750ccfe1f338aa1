#pragma once

#include <span>
#include <string>
#include <string_view>

namespace playhead::tools {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

// Each runs one command with the words after its name, prints results on stdout and faults on
// stderr, and returns the exit code: 0, kExitFailed or kExitUsage.
int RunReportCommand(std::span<const std::string> words);
int RunReplayCommand(std::span<const std::string> words);
int RunLoadCommand(std::span<const std::string> words);
int RunStatusCommand(std::span<const std::string> words);
int RunHealthCommand(std::span<const std::string> words);
int RunPartnerCommand(std::span<const std::string> words);

// Prints `playhead: message` and returns the code.
int FailUsage(std::string_view message);
int Fail(std::string_view message);

}  // namespace playhead::tools
