#include "tools/partner.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status_macros.h"

namespace playhead::tools {
namespace {

// Folds into days hold this lock shared from before they take their epoch id until they commit: ids
// taken under it exclusively lie between those of the folds before and after. The day rows of
// epochs up to this id are in an earlier zone (UTC until one is set).
constexpr char kSetSql[] = R"sql(
  INSERT INTO partners AS p (partner, time_zone, zone_epoch_id)
  VALUES ($1, $2, CASE WHEN $2 = 'UTC' THEN 0
                       ELSE nextval(pg_get_serial_sequence('epochs', 'epoch_id')) END)
  ON CONFLICT (partner) DO UPDATE
    SET time_zone = EXCLUDED.time_zone,
        zone_epoch_id = nextval(pg_get_serial_sequence('epochs', 'epoch_id'))
    WHERE p.time_zone <> EXCLUDED.time_zone
)sql";

absl::Status CheckZone(postgres::Connection& connection, const std::string& time_zone) {
  absl::TimeZone zone;
  const std::array<postgres::Param, 1> params = {time_zone};
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   connection.Run("SELECT 1 FROM pg_timezone_names WHERE name = $1", params));
  if (rows.size() == 1 && absl::LoadTimeZone(time_zone, &zone)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "time_zone: \"", time_zone, "\" is not an IANA time zone; one is \"Europe/Paris\""));
}

absl::Status SetInTransaction(postgres::Connection& connection, std::int32_t partner,
                              const std::string& time_zone) {
  RETURN_IF_ERROR(connection.Run("BEGIN; SELECT pg_advisory_xact_lock(7071, 2)").status());
  const std::array<postgres::Param, 2> params = {absl::StrCat(partner), time_zone};
  RETURN_IF_ERROR(connection.Run(kSetSql, params).status());
  return connection.Run("COMMIT").status();
}

}  // namespace

absl::Status SetPartnerTimeZone(postgres::Connection& connection, std::int32_t partner,
                                const std::string& time_zone) {
  if (partner <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("partner: ", partner, " is not above 0; the least is 1"));
  }
  RETURN_IF_ERROR(CheckZone(connection, time_zone));
  const absl::Status status = SetInTransaction(connection, partner, time_zone);
  if (status.ok() || !connection.IsOpen()) return status;
  if (const auto undone = connection.Run("ROLLBACK"); !undone.ok()) return undone.status();
  return status;
}

}  // namespace playhead::tools
