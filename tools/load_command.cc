#include <fstream>
#include <iostream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/random_id.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/display.h"
#include "tools/error_text.h"
#include "tools/load/audience.h"
#include "tools/load/event_sender.h"
#include "tools/load/expectation.h"
#include "tools/load/progress_printer.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOptions[] = {{"to"},   {"partner"}, {"viewers"}, {"entries"},
                                   {"over"}, {"seed"},    {"rate"},    {"expect"}};
constexpr int kMostEvents = 1000;  // of a request
// Older events than 7 days are refused; this leaves time to send.
constexpr absl::Duration kLongest = absl::Hours(6 * 24 + 12);
constexpr absl::Duration kShortest = absl::Minutes(10);

struct LoadOptions {
  std::string to;
  AudienceOptions audience;
  // Events per second, so many that a stream is never idle for long; 0: no limit.
  std::int64_t rate = 0;
  std::string expect;
};

absl::StatusOr<absl::Duration> ParseOver(const std::string& text) {
  absl::Duration over;
  double days = 0;
  const bool is_days =
      text.ends_with('d') && absl::SimpleAtod(text.substr(0, text.size() - 1), &days) && days <= 7;
  if (is_days) over = absl::Hours(24) * days;
  if ((!is_days && !absl::ParseDuration(text, &over)) || over < kShortest || over > kLongest) {
    return absl::InvalidArgumentError(
        absl::StrCat("--over ", text, " is not a time from 10m to 156h, such as 6h or 2d"));
  }
  return over;
}

absl::StatusOr<LoadOptions> ParseOptions(const Arguments& arguments) {
  LoadOptions options;
  AudienceOptions& audience = options.audience;
  options.to = arguments.Get("to", "127.0.0.1:7071");
  options.expect = arguments.Get("expect");
  ASSIGN_OR_RETURN(const std::int64_t partner,
                   arguments.GetInteger("partner", audience.partner, 1, INT32_MAX));
  audience.partner = static_cast<std::int32_t>(partner);
  ASSIGN_OR_RETURN(audience.viewers,
                   arguments.GetInteger("viewers", audience.viewers, 1, 1'000'000));
  ASSIGN_OR_RETURN(audience.entries, arguments.GetInteger("entries", audience.entries, 1, 10'000));
  ASSIGN_OR_RETURN(audience.over, ParseOver(arguments.Get("over", "6h")));
  const auto any_seed = static_cast<std::int64_t>(RandomId().low % 1'000'000);
  ASSIGN_OR_RETURN(const std::int64_t seed, arguments.GetInteger("seed", any_seed, 0, INT64_MAX));
  audience.seed = static_cast<std::uint64_t>(seed);
  ASSIGN_OR_RETURN(options.rate, arguments.GetInteger("rate", 0, 100, 10'000'000));
  return options;
}

class Loader {
 public:
  Loader(const LoadOptions& options, v1::EventTracking::Stub& stub)
      : options_(options), sender_(stub) {}

  grpc::Status Run() {
    grpc::Status status = SendAll();
    printer_.Clear();
    return status;
  }

  EventSender::Result result() const { return sender_.result(); }
  const Expectation& expectation() const { return expectation_; }
  absl::Duration elapsed() const { return absl::Now() - start_; }

 private:
  grpc::Status SendAll() {
    const Audience audience(options_.audience);
    for (std::int64_t viewer = 0; viewer < options_.audience.viewers; ++viewer) {
      for (AudiencePlayback& playback : audience.PlaybacksOf(viewer, start_)) {
        if (!options_.expect.empty()) expectation_.Add(playback);
        if (grpc::Status status = Add(std::move(playback.events), viewer); !status.ok()) {
          return status;
        }
      }
    }
    if (grpc::Status status = SendRequest(); !status.ok()) return status;
    return sender_.Finish();
  }

  // A playback stays in one request, so that its order is kept.
  grpc::Status Add(std::vector<v1::PlayerEvent> events, std::int64_t viewer) {
    if (request_.events_size() + static_cast<int>(events.size()) > kMostEvents) {
      if (grpc::Status status = SendRequest(); !status.ok()) return status;
      printer_.Show(
          {.events = sent_,
           .share = static_cast<double>(viewer) / static_cast<double>(options_.audience.viewers),
           .elapsed = elapsed()});
    }
    for (v1::PlayerEvent& event : events) *request_.add_events() = std::move(event);
    return grpc::Status::OK;
  }

  grpc::Status SendRequest() {
    if (request_.events().empty()) return grpc::Status::OK;
    if (options_.rate > 0) {
      const absl::Duration due =
          absl::Seconds(1) * static_cast<double>(sent_) / static_cast<double>(options_.rate);
      absl::SleepFor(start_ + due - absl::Now());
    }
    sent_ += request_.events_size();
    grpc::Status status = sender_.Send(request_);
    request_.Clear();
    return status;
  }

  const LoadOptions& options_;
  const absl::Time start_ = absl::Now();
  EventSender sender_;
  Expectation expectation_;
  ProgressPrinter printer_;
  v1::TrackEventsRequest request_;
  std::int64_t sent_ = 0;
};

int PrintSummary(const LoadOptions& options, const Loader& loader) {
  const EventSender::Result result = loader.result();
  const double seconds = absl::ToDoubleSeconds(loader.elapsed());
  std::cout << Grouped(result.accepted) << " events of " << Grouped(options.audience.viewers)
            << " viewers accepted in "
            << absl::FormatDuration(absl::Trunc(loader.elapsed(), absl::Milliseconds(1))) << " ("
            << Grouped(static_cast<std::int64_t>(static_cast<double>(result.accepted) / seconds))
            << "/s), " << Grouped(result.refused) << " refused; seed " << options.audience.seed
            << "\n";
  for (const std::string& refusal : result.refusals) Fail(refusal);
  return result.refused == 0 ? 0 : kExitFailed;
}

bool WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.good();
}

}  // namespace

int RunLoadCommand(std::span<const std::string> words) {
  const auto arguments = Arguments::Parse(words, kOptions);
  if (!arguments.ok()) return FailUsage(ToStd(arguments.status().message()));
  if (!arguments->positional().empty()) return FailUsage("load takes options only");
  const auto options = ParseOptions(*arguments);
  if (!options.ok()) return FailUsage(ToStd(options.status().message()));
  // Before anything is sent.
  if (!options->expect.empty() && !WriteFile(options->expect, "")) {
    return FailUsage(absl::StrCat("--expect: cannot write ", options->expect));
  }
  const auto stub = v1::EventTracking::NewStub(
      grpc::CreateChannel(options->to, grpc::InsecureChannelCredentials()));
  Loader loader(*options, *stub);
  const grpc::Status status = loader.Run();
  const int code = PrintSummary(*options, loader);
  if (!status.ok()) {
    return Fail(absl::StrCat(ErrorText(status, options->to), "; with --seed ",
                             options->audience.seed,
                             " within 10 minutes, what was taken counts once"));
  }
  const std::string expectation = loader.expectation().ToJson().dump(1) + "\n";
  if (!options->expect.empty() && !WriteFile(options->expect, expectation)) {
    return Fail(absl::StrCat("cannot write ", options->expect));
  }
  return code;
}

}  // namespace playhead::tools
