#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "grpcpp/grpcpp.h"
#include "playhead/v1/reporting.grpc.pb.h"
#include "tools/arguments.h"
#include "tools/chart.h"
#include "tools/commands.h"
#include "tools/display.h"
#include "tools/error_text.h"
#include "tools/report_request.h"
#include "tools/report_table.h"
#include "tools/terminal.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOutputOptions[] = {{"format"}, {"limit"}, {"query"}, {"width"}};
constexpr std::string_view kFormats[] = {"table", "chart", "csv", "json"};
constexpr char kDefaultQuery[] = "127.0.0.1:7073";
constexpr std::int64_t kDefaultLimit = 1000;
constexpr std::int64_t kMaxLimit = 1'000'000;
constexpr std::int64_t kMaxWidth = 10'000;
constexpr std::int64_t kMaxPage = 50'000;
constexpr auto kDeadline = std::chrono::seconds(60);
constexpr int kMaxAnswerBytes = 64 << 20;

std::vector<OptionSpec> AllOptions() {
  std::vector<OptionSpec> all(ReportOptions().begin(), ReportOptions().end());
  all.insert(all.end(), std::begin(kOutputOptions), std::end(kOutputOptions));
  return all;
}

// Pages through the report until `limit` rows; the response has the rows of all pages.
grpc::Status RunReport(v1::Reporting::Stub& stub, v1::RunReportRequest request, std::int64_t limit,
                       v1::RunReportResponse& response) {
  while (true) {
    request.set_page_size(
        static_cast<std::int32_t>(std::min(kMaxPage, limit - response.rows_size())));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    v1::RunReportResponse page;
    const grpc::Status status = stub.RunReport(&context, request, &page);
    if (!status.ok()) return status;
    auto rows = std::move(*response.mutable_rows());
    std::move(page.mutable_rows()->begin(), page.mutable_rows()->end(),
              google::protobuf::RepeatedFieldBackInserter(&rows));
    const bool is_empty_page = page.rows().empty();
    response = std::move(page);
    *response.mutable_rows() = std::move(rows);
    if (response.next_page_token().empty() || is_empty_page || response.rows_size() >= limit) {
      return status;
    }
    request.set_page_token(response.next_page_token());
  }
}

struct Output {
  std::string format;
  std::int64_t limit = 0;
  bool says_limit = false;  // when it cuts rows
  int width = 0;            // 0: any
};

absl::StatusOr<Output> ParseOutput(const Arguments& arguments) {
  Output output = {.format = arguments.Get("format", "table")};
  if (std::ranges::find(kFormats, output.format) == std::end(kFormats)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--format ", output.format, " is not table, chart, csv or json"));
  }
  const std::int64_t limit = output.format == "chart" ? kMaxPage : kDefaultLimit;
  ASSIGN_OR_RETURN(output.limit, arguments.GetInteger("limit", limit, 1, kMaxLimit));
  ASSIGN_OR_RETURN(const std::int64_t width,
                   arguments.GetInteger("width", TerminalWidth(STDOUT_FILENO), 0, kMaxWidth));
  output.width = static_cast<int>(width);
  // Who asks for ten rows to look at knows that there are more; who stores them may not.
  output.says_limit = !arguments.Has("limit") || output.format == "csv" || output.format == "json";
  return output;
}

absl::StatusOr<std::string> OutputText(const v1::RunReportResponse& response,
                                       const Output& output) {
  if (output.format == "chart") return FormatChart(response, output.width);
  const Table table = MakeTable(response);
  if (output.format == "csv") return FormatCsv(table);
  if (output.format == "table") return FormatTable(table, output.width);
  auto json = ToJson(table);
  if (response.metadata().has_data_through()) {
    json["data_through"] = response.metadata().data_through().seconds();
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void PrintWarnings(const v1::RunReportResponse& response, const Output& output) {
  for (const v1::Warning& warning : response.warnings()) {
    std::cerr << "playhead: " << Printable(WarningLine(warning)) << "\n";
  }
  if (output.says_limit && !response.next_page_token().empty()) {
    std::cerr << "playhead: only the first " << output.limit
              << " rows; ask for more with --limit\n";
  }
}

}  // namespace

int RunReportCommand(std::span<const std::string> words) {
  const std::vector<OptionSpec> options = AllOptions();
  const auto arguments = Arguments::Parse(words, options);
  if (!arguments.ok()) return FailUsage(ToStd(arguments.status().message()));
  if (!arguments->positional().empty()) {
    return FailUsage(absl::StrCat("unexpected word ", arguments->positional()[0]));
  }
  const auto output = ParseOutput(*arguments);
  if (!output.ok()) return FailUsage(ToStd(output.status().message()));
  const auto request = MakeReportRequest(*arguments);
  if (!request.ok()) return FailUsage(ToStd(request.status().message()));
  if (const absl::Status fit = CheckChart(*request); output->format == "chart" && !fit.ok()) {
    return FailUsage(ToStd(fit.message()));
  }

  const std::string target = arguments->Get("query", kDefaultQuery);
  grpc::ChannelArguments channel_arguments;
  channel_arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  const auto stub = v1::Reporting::NewStub(
      grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), channel_arguments));
  v1::RunReportResponse response;
  const grpc::Status status = RunReport(*stub, *request, output->limit, response);
  if (!status.ok()) return Fail(ErrorText(status, target));
  const auto text = OutputText(response, *output);
  if (!text.ok()) return Fail(ToStd(text.status().message()));
  std::cout << *text;
  PrintWarnings(response, *output);
  return 0;
}

}  // namespace playhead::tools
