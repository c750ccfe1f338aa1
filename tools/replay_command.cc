#include <atomic>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/strings.h"
#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/http_connection.h"
#include "tools/recording.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOptions[] = {{"to"}, {"speed"}, {"concurrency"}, {"preflights", false}};
constexpr absl::Duration kLimit = absl::Seconds(35);
constexpr std::size_t kMaxFaultsShown = 5;

struct Recording {
  std::string path;
  std::vector<RecordedRequest> requests;
};

struct ReplayOptions {
  HttpTarget target;
  double speed = 0;  // 0: as fast as the answers come
  std::int64_t concurrency = 4;
};

struct ReplayResult {
  std::map<std::string, int> statuses;  // by `POST 200`
  std::vector<std::string> faults;
};

absl::StatusOr<Recording> ReadRecording(const std::string& path, bool with_preflights) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  auto requests = ParseRecording(text, with_preflights);
  if (!requests.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", requests.status().message()));
  }
  return Recording{.path = path, .requests = *std::move(requests)};
}

ReplayResult ReplayOne(const Recording& recording, const ReplayOptions& options) {
  ReplayResult result;
  HttpConnection connection(options.target, kLimit);
  const absl::Time start = absl::Now();
  for (std::size_t i = 0; i < recording.requests.size(); ++i) {
    const RecordedRequest& request = recording.requests[i];
    if (options.speed > 0) {
      const auto since = request.arrival_ms - recording.requests.front().arrival_ms;
      absl::SleepFor(start + absl::Milliseconds(since) / options.speed - absl::Now());
    }
    const absl::StatusOr<Answer> answer = connection.Send(request);
    if (answer.ok()) ++result.statuses[absl::StrCat(request.method, " ", answer->status)];
    const absl::Status fault = answer.ok() ? CheckAnswer(request, *answer) : answer.status();
    if (!fault.ok()) {
      result.faults.push_back(
          absl::StrCat(recording.path, ", request ", i + 1, ": ", fault.message()));
    }
  }
  return result;
}

// Every file has a connection of its own; `concurrency` of them at a time.
std::vector<ReplayResult> ReplayAll(const std::vector<Recording>& recordings,
                                    const ReplayOptions& options) {
  std::vector<ReplayResult> results(recordings.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < recordings.size(); i = next++) {
      results[i] = ReplayOne(recordings[i], options);
    }
  };
  std::vector<std::jthread> threads;
  for (std::int64_t i = 0; i < options.concurrency; ++i) threads.emplace_back(work);
  threads.clear();
  return results;
}

int PrintSummary(const std::vector<ReplayResult>& results, absl::Duration elapsed) {
  std::map<std::string, int> statuses;
  std::vector<std::string> faults;
  int answers = 0;
  for (const ReplayResult& result : results) {
    for (const auto& [status, count] : result.statuses) {
      statuses[status] += count;
      answers += count;
    }
    faults.insert(faults.end(), result.faults.begin(), result.faults.end());
  }
  std::cout << answers << " answers to " << results.size() << " recordings in "
            << absl::FormatDuration(absl::Floor(elapsed, absl::Milliseconds(1)));
  for (const auto& [status, count] : statuses) std::cout << ", " << status << ": " << count;
  std::cout << "\n";
  if (faults.empty()) return 0;
  for (std::size_t i = 0; i < std::min(faults.size(), kMaxFaultsShown); ++i) Fail(faults[i]);
  return Fail(absl::StrCat(faults.size(), " answers are not what a player needs"));
}

absl::StatusOr<ReplayOptions> ParseOptions(const Arguments& arguments) {
  ReplayOptions options;
  auto target = ParseHttpTarget(arguments.Get("to", "http://127.0.0.1:7070"));
  if (!target.ok()) return target.status();
  options.target = *std::move(target);
  const std::string speed = arguments.Get("speed", "0");
  if (!absl::SimpleAtod(speed, &options.speed) || !(options.speed >= 0 && options.speed <= 1e6)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--speed ", speed, " is not a number from 0 (as fast as possible) to 1e6"));
  }
  const auto concurrency = arguments.GetInteger("concurrency", options.concurrency, 1, 256);
  if (!concurrency.ok()) return concurrency.status();
  options.concurrency = *concurrency;
  return options;
}

}  // namespace

int RunReplayCommand(std::span<const std::string> words) {
  const auto arguments = Arguments::Parse(words, kOptions);
  if (!arguments.ok()) return FailUsage(ToStd(arguments.status().message()));
  if (arguments->positional().empty()) return FailUsage("replay needs a file of recorded beacons");
  const auto options = ParseOptions(*arguments);
  if (!options.ok()) return FailUsage(ToStd(options.status().message()));
  std::vector<Recording> recordings;
  for (const std::string& path : arguments->positional()) {
    auto recording = ReadRecording(path, arguments->Has("preflights"));
    if (!recording.ok()) return FailUsage(ToStd(recording.status().message()));
    recordings.push_back(*std::move(recording));
  }
  const absl::Time start = absl::Now();
  const auto results = ReplayAll(recordings, *options);
  return PrintSummary(results, absl::Now() - start);
}

}  // namespace playhead::tools
