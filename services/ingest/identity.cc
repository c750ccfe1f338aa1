#include "services/ingest/identity.h"

#include <xxhash.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/strings.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace playhead::ingest {
namespace {

Id128 Hash128(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {.high = hash.high64, .low = hash.low64};
}

// Lengths keep the parts apart.
void AppendSized(std::string_view text, std::string& to) {
  absl::StrAppend(&to, text.size(), ":", ToAbsl(text));
}

}  // namespace

Id128 EventIdIdentity(std::int32_t partner, std::string_view event_id) {
  if (event_id.empty()) return {};
  return Hash128(absl::StrCat("id:", partner, ":", ToAbsl(event_id)));
}

Id128 HashContent(v1::PlayerEvent& event) {
  const std::string event_id = std::move(*event.mutable_event_id());
  event.clear_event_id();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    event.SerializeToCodedStream(&output);
  }
  event.set_event_id(event_id);
  return Hash128(bytes);
}

Id128 Fingerprint(const Id128& content, std::string_view session_id) {
  return Hash128(absl::StrCat(absl::Hex(content.high, absl::kZeroPad16),
                              absl::Hex(content.low, absl::kZeroPad16), ToAbsl(session_id)));
}

std::string AnonymousSession(const AnonymousClient& client) {
  std::string text = absl::StrCat(client.partner, "/");
  AppendSized(client.address, text);
  AppendSized(client.user_agent, text);
  AppendSized(client.user, text);
  AppendSized(client.referrer, text);
  const Id128 hash = Hash128(text);
  return absl::StrFormat("anon:%016x%016x", hash.high, hash.low);
}

std::uint64_t SessionRoute(std::string_view partner_session) {
  return XXH3_64bits(partner_session.data(), partner_session.size());
}

}  // namespace playhead::ingest
