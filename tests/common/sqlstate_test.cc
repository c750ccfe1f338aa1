#include "common/sqlstate.h"

#include "gtest/gtest.h"

namespace playhead::postgres {
namespace {

TEST(SqlStateTest, SaysWhatACallerShouldDo) {
  struct Case {
    const char* sqlstate;
    absl::StatusCode code;
  };
  for (const Case& tested : {
           Case{"08006", absl::StatusCode::kUnavailable},         // connection lost
           Case{"40001", absl::StatusCode::kUnavailable},         // serialization failure
           Case{"40P01", absl::StatusCode::kUnavailable},         // deadlock
           Case{"53100", absl::StatusCode::kUnavailable},         // disk full
           Case{"53300", absl::StatusCode::kUnavailable},         // too many connections
           Case{"55P03", absl::StatusCode::kUnavailable},         // lock not available
           Case{"57014", absl::StatusCode::kUnavailable},         // statement timeout
           Case{"57P01", absl::StatusCode::kUnavailable},         // shutdown
           Case{"57P03", absl::StatusCode::kUnavailable},         // starting up
           Case{"58030", absl::StatusCode::kUnavailable},         // input or output error
           Case{"25P03", absl::StatusCode::kUnavailable},         // idle in transaction
           Case{"22021", absl::StatusCode::kInvalidArgument},     // bad UTF-8
           Case{"22003", absl::StatusCode::kInvalidArgument},     // out of range
           Case{"23514", absl::StatusCode::kInvalidArgument},     // check, or no partition
           Case{"42501", absl::StatusCode::kFailedPrecondition},  // privileges
           Case{"42P01", absl::StatusCode::kFailedPrecondition},  // no such table
           Case{"25006", absl::StatusCode::kFailedPrecondition},  // read-only
           Case{"28P01", absl::StatusCode::kFailedPrecondition},  // password
           Case{"55000", absl::StatusCode::kFailedPrecondition},
           Case{"XX000", absl::StatusCode::kInternal},
           Case{"", absl::StatusCode::kInternal},
       }) {
    EXPECT_EQ(CodeOfSqlState(tested.sqlstate), tested.code) << tested.sqlstate;
  }
}

TEST(SqlStateTest, IsCarriedByTheStatus) {
  const absl::Status status = ServerError("40P01", "deadlock detected");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(SqlStateOf(status), "40P01");
  EXPECT_EQ(std::string(status.message()), "postgres: deadlock detected (SQLSTATE 40P01)");
  EXPECT_EQ(SqlStateOf(absl::UnavailableError("x")), "");
  EXPECT_EQ(SqlStateOf(absl::OkStatus()), "");
}

}  // namespace
}  // namespace playhead::postgres
