#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/strings.h"
#include "grpcpp/grpcpp.h"
#include "playhead/v1/reporting.grpc.pb.h"
#include "tools/arguments.h"
#include "tools/commands.h"
#include "tools/error_text.h"
#include "tools/report_request.h"
#include "tools/report_table.h"

namespace playhead::tools {
namespace {

constexpr OptionSpec kOutputOptions[] = {{"format"}, {"limit"}, {"query"}};
constexpr char kDefaultQuery[] = "127.0.0.1:7073";
constexpr std::int64_t kDefaultLimit = 1000;
constexpr std::int64_t kMaxLimit = 1'000'000;
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

void Print(const v1::RunReportResponse& response, const std::string& format, std::int64_t limit) {
  const Table table = MakeTable(response);
  if (format == "csv") {
    std::cout << FormatCsv(table);
  } else if (format == "json") {
    auto json = ToJson(table);
    if (response.metadata().has_data_through()) {
      json["data_through"] = response.metadata().data_through().seconds();
    }
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::cout << FormatTable(table);
  }
  for (const v1::Warning& warning : response.warnings()) {
    std::cerr << "playhead: " << Printable(WarningLine(warning)) << "\n";
  }
  if (!response.next_page_token().empty()) {
    std::cerr << "playhead: only the first " << limit << " rows; ask for more with --limit\n";
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
  const std::string format = arguments->Get("format", "table");
  if (format != "table" && format != "csv" && format != "json") {
    return FailUsage(absl::StrCat("--format ", format, " is not table, csv or json"));
  }
  const auto limit = arguments->GetInteger("limit", kDefaultLimit, 1, kMaxLimit);
  if (!limit.ok()) return FailUsage(ToStd(limit.status().message()));
  const auto request = MakeReportRequest(*arguments);
  if (!request.ok()) return FailUsage(ToStd(request.status().message()));

  const std::string target = arguments->Get("query", kDefaultQuery);
  grpc::ChannelArguments channel_arguments;
  channel_arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  const auto stub = v1::Reporting::NewStub(
      grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), channel_arguments));
  v1::RunReportResponse response;
  const grpc::Status status = RunReport(*stub, *request, *limit, response);
  if (!status.ok()) return Fail(ErrorText(status, target));
  Print(response, format, *limit);
  return 0;
}

}  // namespace playhead::tools
