#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/commands.h"

namespace playhead::tools {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using testing::HasSubstr;
using tcp = boost::asio::ip::tcp;

// An HTTP server for one connection; answers every request with `body`.
class FakeDoor {
 public:
  explicit FakeDoor(std::string body)
      : acceptor_(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        body_(std::move(body)),
        thread_([this] { Serve(); }) {}

  ~FakeDoor() { requests(); }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  // What the one connection sent; waits for its end.
  const std::vector<http::request<http::string_body>>& requests() {
    if (thread_.joinable()) thread_.join();
    return requests_;
  }

 private:
  void Serve() {
    tcp::socket socket = acceptor_.accept();
    beast::flat_buffer buffer;
    beast::error_code error;
    while (true) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, error);
      if (error) return;
      requests_.push_back(std::move(request));
      http::response<http::string_body> response(http::status::ok, 11);
      response.set(http::field::access_control_allow_origin, "*");
      response.body() = body_;
      response.prepare_payload();
      http::write(socket, response, error);
    }
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::string body_;
  std::vector<http::request<http::string_body>> requests_;
  std::thread thread_;
};

class ReplayCommandTest : public testing::Test {
 protected:
  ReplayCommandTest()
      : path_(testing::TempDir() + "/replay_" + std::to_string(::getpid()) + ".ndjson") {
    std::ofstream file(path_);
    for (const char* type : {"2", "3"}) {
      file << R"({"method":"POST","rawUrl":"/api_v3/index.php?service=analytics&eventType=)" << type
           << R"(","headers":{"host":"old","origin":"http://p","x-y":"z"},"body":"{\"a\":1}"})"
           << "\n";
    }
  }
  ~ReplayCommandTest() override { std::filesystem::remove(path_); }

  int Run(const std::string& url) {
    const std::vector<std::string> words = {path_, "--to", url};
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = RunReplayCommand(words);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  std::string path_;
  std::string out_;
  std::string err_;
};

TEST_F(ReplayCommandTest, SendsAFileInOrderOverOneConnection) {
  FakeDoor door(R"({"time":1,"viewEventsEnabled":true})");
  EXPECT_EQ(Run(door.url()), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("2 answers to 1 recordings"));
  EXPECT_THAT(out_, HasSubstr("POST 200: 2"));
  ASSERT_EQ(door.requests().size(), 2U);
  EXPECT_THAT(std::string(door.requests()[0].target()), HasSubstr("eventType=2"));
  EXPECT_EQ(door.requests()[1].body(), R"({"a":1})");
  EXPECT_EQ(door.requests()[1]["x-y"], "z");
  EXPECT_NE(door.requests()[1]["host"], "old");
}

TEST_F(ReplayCommandTest, FailsWhenAnAnswerIsNotWhatAPlayerNeeds) {
  FakeDoor door("");
  EXPECT_EQ(Run(door.url()), kExitFailed);
  EXPECT_THAT(err_, HasSubstr("request 1: the body is not JSON"));
  EXPECT_THAT(err_, HasSubstr("2 answers are not what a player needs"));
}

TEST_F(ReplayCommandTest, RefusesATargetThatIsNotHttp) { EXPECT_EQ(Run("ftp://x"), kExitUsage); }

}  // namespace
}  // namespace playhead::tools
