#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/postgres.h"
#include "common/tables.h"

namespace playhead::aggregator {

// Writes rows by binary COPY. Values are given in the order of the columns; nothing is looked at
// but their ranges.
class CopyWriter {
 public:
  // `columns`: as in COPY table (columns). `connection` must outlive the writer and be inside a
  // transaction.
  static absl::StatusOr<CopyWriter> Begin(postgres::Connection& connection,
                                          const std::string& table, const std::string& columns,
                                          int column_count);
  static absl::StatusOr<CopyWriter> Begin(postgres::Connection& connection,
                                          const tables::Table& table);

  void Row();
  void Null() { Append32(-1); }
  void Bigint(std::int64_t value);
  // Out of the range of int4: Finish (or Flush) says InvalidArgument.
  void Integer(std::int64_t value);
  // Unix milliseconds.
  void Timestamp(std::int64_t unix_ms);
  // text, bytea, hll
  void Bytes(std::string_view value);

  // Sends what is buffered when it is enough. Call between rows.
  absl::Status Flush();
  // Rows written.
  absl::StatusOr<std::int64_t> Finish();

 private:
  CopyWriter(postgres::Connection& connection, std::string table, int column_count);
  void Append16(std::int16_t value);
  void Append32(std::int32_t value);
  void Append64(std::int64_t value);
  absl::Status Send();

  postgres::Connection* connection_;
  std::string table_;
  int column_count_;
  std::string buffer_;
  bool has_overflow_ = false;
};

}  // namespace playhead::aggregator
