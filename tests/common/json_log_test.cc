#include "common/json_log.h"

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "grpc/grpc.h"
#include "grpc/support/log.h"
#include "gtest/gtest.h"
#include "playhead/v1/player_event.pb.h"

namespace playhead {
namespace {

google::protobuf::Struct OneLine(const std::string& text) {
  google::protobuf::Struct line;
  EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &line).ok()) << text;
  return line;
}

std::string Message(const google::protobuf::Struct& line) {
  const auto it = line.fields().find("message");
  return it == line.fields().end() ? "" : it->second.string_value();
}

TEST(JsonLogTest, HostileBytesStayOneLine) {
  testing::internal::CaptureStderr();
  Log(Severity::kInfo, "a\nb\"\\\x01\xff", {{"x\r", std::string("\0y", 2)}});
  EXPECT_TRUE(Message(OneLine(testing::internal::GetCapturedStderr())).starts_with("a\nb\"\\\x01"));
}

TEST(JsonLogTest, LinesOfLibrariesAreJson) {
  SetLogService("test");
  grpc_init();  // reads which severities to log
  testing::internal::CaptureStderr();
  gpr_log(GPR_ERROR, "%s", "of\ngRPC");
  EXPECT_EQ(Message(OneLine(testing::internal::GetCapturedStderr())), "of\ngRPC");

  testing::internal::CaptureStderr();
  v1::PlayerEvent event;
  event.set_entry_id("Q");
  std::string bytes = event.SerializeAsString();
  bytes.back() = '\xff';
  EXPECT_FALSE(event.ParseFromString(bytes));
  EXPECT_NE(Message(OneLine(testing::internal::GetCapturedStderr())).find("UTF-8"),
            std::string::npos);
  grpc_shutdown();
}

}  // namespace
}  // namespace playhead
