#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "playhead/v1/reporting.pb.h"
#include "services/query/rollup_reader.h"
#include "services/query/time_range.h"

namespace playhead::query {

// What a page token says.
struct PageToken {
  // Hashes of the request's fields by number; those that may change between pages are left out.
  std::map<int, std::uint32_t> fields;
  // The effective range of the first page: a relative one does not move on.
  Range range;
  // When the first page was asked, to the millisecond.
  absl::Time now;
  // TailSelection::watermark.
  std::uint64_t watermark = 0;
  // The last row of the page before.
  SqlRow after;
};

// Hashes for PageToken::fields: of every field but page_token, page_size and explain.
std::map<int, std::uint32_t> FieldHashes(const v1::RunReportRequest& request);

// 32 random bytes. Internal: there are none to be had.
absl::StatusOr<std::string> RandomTokenKey();

// Sealed by `key`, so that nobody else can make one; readable, so nothing secret goes in.
std::string SealToken(const PageToken& token, const std::string& key);

// INVALID_ARGUMENT (PAGE_TOKEN_MISMATCH): not sealed by this key, or for another request;
// `changedFields` names the fields that differ, separated by commas.
absl::StatusOr<PageToken> OpenToken(const v1::RunReportRequest& request, const std::string& key);

}  // namespace playhead::query
