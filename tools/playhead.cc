#include <algorithm>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/strings.h"
#include "tools/commands.h"

namespace playhead::tools {
namespace {

constexpr char kUsage[] = R"(playhead COMMAND

  report   --partner N | --all-partners  --metrics NAME,...  [--dimensions NAME,...]
           [--range 7d | --from INSTANT --to INSTANT | --from-date DAY --to-date DAY] [--time-zone ZONE]
           [--filter 'country = "FR"'] [--order-by 'plays desc'] [--totals] [--limit 1000]
           [--format table|chart|csv|json] [--width COLUMNS] [--query 127.0.0.1:7073]
           chart draws one metric by one dimension: --metrics views --dimensions minute --range 6h
  replay   FILE... [--to http://127.0.0.1:7070] [--speed N] [--preflights] [--concurrency 4]
           sends recorded beacons; --speed 1 keeps their pace, 0 (the default) does not wait
  load     [--to 127.0.0.1:7071] [--partner 4711] [--viewers 3000] [--entries 60] [--over 6h] [--seed N]
           [--rate N] [--expect FILE]
           sends the events of a synthetic audience of the last hours; --rate limits events per second,
           FILE gets what reports must say of it
  status   [--partner N] [--query 127.0.0.1:7073]
           how fresh and complete the data are
  health   HOST:PORT
           exit 0 when the service says that it serves
  partner  set NUMBER [--time-zone Europe/Paris] [--database 'host=... user=...']
           creates a partner or sets the zone that its days are folded in; as the tables' owner

exit codes: 0 done, 1 failed, 2 wrong use
)";

struct Command {
  std::string_view name;
  int (*run)(std::span<const std::string>);
};
constexpr Command kCommands[] = {{"report", RunReportCommand}, {"replay", RunReplayCommand},
                                 {"load", RunLoadCommand},     {"status", RunStatusCommand},
                                 {"health", RunHealthCommand}, {"partner", RunPartnerCommand}};

int Run(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::cerr << kUsage;
    return kExitUsage;
  }
  const auto asks_for_help = [](const std::string& word) {
    return word == "--help" || word == "-h";
  };
  if (words[0] == "help" || std::any_of(words.begin(), words.end(), asks_for_help)) {
    std::cout << kUsage;
    return 0;
  }
  for (const Command& command : kCommands) {
    if (words[0] == command.name) return command.run(std::span(words).subspan(1));
  }
  return FailUsage(absl::StrCat("no command ", words[0], "; see playhead help"));
}

}  // namespace

}  // namespace playhead::tools

int main(int argc, char** argv) {
  // A reader that closes our output (`| head`) ends us silently as usual, but a closed connection
  // must not.
  std::signal(SIGPIPE, SIG_IGN);
  const int code = playhead::tools::Run({argv + 1, argv + argc});
  std::cout.flush();
  return code == 0 && !std::cout ? playhead::tools::kExitFailed : code;
}
