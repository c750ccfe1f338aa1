#include "services/aggregator/store/partners_reader.h"

#include <utility>

#include "common/status_macros.h"

namespace playhead::aggregator {

PartnersReader::PartnersReader(postgres::Options options) : options_(std::move(options)) {}

absl::StatusOr<std::vector<std::int32_t>> PartnersReader::Read() {
  if (connection_ == nullptr || !connection_->IsOpen()) {
    ASSIGN_OR_RETURN(connection_, postgres::Connection::Open(options_));
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   connection_->Run("SELECT partner FROM partners ORDER BY partner LIMIT 100000"));
  std::vector<std::int32_t> partners;
  for (int row = 0; row < rows.size(); ++row) {
    partners.push_back(static_cast<std::int32_t>(rows.Int(row, 0)));
  }
  return partners;
}

}  // namespace playhead::aggregator
