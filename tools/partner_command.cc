#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/postgres.h"
#include "common/strings.h"
#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/partner.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOptions[] = {{"time-zone"}, {"database"}};

}  // namespace

int RunPartnerCommand(std::span<const std::string> words) {
  const auto arguments = Arguments::Parse(words, kOptions);
  if (!arguments.ok()) return FailUsage(ToStd(arguments.status().message()));
  const std::vector<std::string>& positional = arguments->positional();
  std::int32_t partner = 0;
  if (positional.size() != 2 || positional[0] != "set" ||
      !absl::SimpleAtoi(positional[1], &partner)) {
    return FailUsage("say: partner set NUMBER --time-zone ZONE");
  }
  postgres::Options options;
  options.dsn = arguments->Get("database");
  options.application_name = "playhead";
  const auto connection = postgres::Connection::Open(options);
  if (!connection.ok()) return Fail(ToStd(connection.status().message()));
  const absl::Status status =
      SetPartnerTimeZone(**connection, partner, arguments->Get("time-zone", "UTC"));
  if (!status.ok()) return Fail(ToStd(status.message()));
  return 0;
}

}  // namespace playhead::tools
