#include "services/aggregator/store/copy_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status_macros.h"

namespace playhead::aggregator {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::size_t kSendBytes = 64 << 10;
// 2000-01-01 UTC, the origin of PostgreSQL's timestamps.
constexpr std::int64_t kOriginUnixMs = 946'684'800'000;

}  // namespace

CopyWriter::CopyWriter(postgres::Connection& connection, std::string table, int column_count)
    : connection_(&connection), table_(std::move(table)), column_count_(column_count) {
  buffer_.reserve(kSendBytes + (4 << 10));
  buffer_.append(kSignature);
}

absl::StatusOr<CopyWriter> CopyWriter::Begin(postgres::Connection& connection,
                                             const std::string& table, const std::string& columns,
                                             int column_count) {
  RETURN_IF_ERROR(connection.BeginCopy(
      absl::StrCat("COPY ", table, " (", columns, ") FROM STDIN (FORMAT binary)")));
  return CopyWriter(connection, table, column_count);
}

absl::StatusOr<CopyWriter> CopyWriter::Begin(postgres::Connection& connection,
                                             const tables::Table& table) {
  const std::string columns = absl::StrJoin(
      table.columns, ",",
      [](std::string* out, const tables::Column& column) { out->append(column.name); });
  return Begin(connection, table.name, columns, static_cast<int>(table.columns.size()));
}

void CopyWriter::Row() { Append16(static_cast<std::int16_t>(column_count_)); }

void CopyWriter::Bigint(std::int64_t value) {
  Append32(8);
  Append64(value);
}

void CopyWriter::Integer(std::int64_t value) {
  const auto narrow = static_cast<std::int32_t>(value);
  if (narrow != value) has_overflow_ = true;
  Append32(4);
  Append32(narrow);
}

void CopyWriter::Timestamp(std::int64_t unix_ms) {
  Append32(8);
  Append64((unix_ms - kOriginUnixMs) * 1000);
}

void CopyWriter::Bytes(std::string_view value) {
  Append32(static_cast<std::int32_t>(value.size()));
  buffer_.append(value);
}

absl::Status CopyWriter::Flush() { return buffer_.size() < kSendBytes ? absl::OkStatus() : Send(); }

absl::StatusOr<std::int64_t> CopyWriter::Finish() {
  Append16(-1);
  RETURN_IF_ERROR(Send());
  return connection_->EndCopy();
}

absl::Status CopyWriter::Send() {
  if (has_overflow_) {
    // The COPY ends so that the connection stays usable; the caller rolls its rows back.
    if (auto ended = connection_->EndCopy(); !ended.ok() && !connection_->IsOpen()) {
      return ended.status();
    }
    return absl::InvalidArgumentError(absl::StrCat(table_, ": a count is above 2,147,483,647"));
  }
  RETURN_IF_ERROR(connection_->SendCopy(buffer_));
  buffer_.clear();
  return absl::OkStatus();
}

void CopyWriter::Append16(std::int16_t value) {
  const auto bits = static_cast<std::uint16_t>(value);
  buffer_.push_back(static_cast<char>(bits >> 8));
  buffer_.push_back(static_cast<char>(bits));
}

void CopyWriter::Append32(std::int32_t value) {
  const auto bits = static_cast<std::uint32_t>(value);
  for (int shift = 24; shift >= 0; shift -= 8) buffer_.push_back(static_cast<char>(bits >> shift));
}

void CopyWriter::Append64(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) buffer_.push_back(static_cast<char>(bits >> shift));
}

}  // namespace playhead::aggregator
