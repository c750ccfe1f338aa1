#include "services/query/page_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/hash.h"
#include "common/status_macros.h"
#include "common/strings.h"
#include "services/query/errors.h"

namespace playhead::query {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSealBytes = 16;
constexpr std::size_t kMaxTokenBytes = 64 << 10;

std::string Seal(const std::string& content, const std::string& key) {
  std::string seal(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(content.data()), content.size(),
       reinterpret_cast<unsigned char*>(seal.data()), &size);
  seal.resize(kSealBytes);
  return seal;
}

// Parts as `<length>:<bytes>`.
void AppendPart(std::string& content, std::string_view part) {
  absl::StrAppend(&content, part.size(), ":", ToAbsl(part));
}

std::optional<std::vector<std::string>> Parts(std::string_view content) {
  std::vector<std::string> parts;
  while (!content.empty()) {
    const std::size_t colon = content.find(':');
    std::uint32_t size = 0;
    if (colon == std::string_view::npos ||
        !absl::SimpleAtoi(ToAbsl(content.substr(0, colon)), &size) ||
        size > content.size() - colon - 1) {
      return std::nullopt;
    }
    parts.emplace_back(content.substr(colon + 1, size));
    content.remove_prefix(colon + 1 + size);
  }
  return parts;
}

absl::Status Mismatch(const std::string& fault, const std::string& changed) {
  return Invalid("PAGE_TOKEN_MISMATCH", "page_token",
                 absl::StrCat("page_token: ", fault, "; begin again without it"),
                 {{"changedFields", changed}});
}

std::string Changed(const std::map<int, std::uint32_t>& before,
                    const std::map<int, std::uint32_t>& now) {
  std::set<std::string> names;
  const auto* descriptor = v1::RunReportRequest::descriptor();
  const auto compare = [&](const auto& left, const auto& right) {
    for (const auto& [number, hash] : left) {
      const auto found = right.find(number);
      const auto* field = descriptor->FindFieldByNumber(number);
      if (field != nullptr && (found == right.end() || found->second != hash)) {
        names.insert(field->name());
      }
    }
  };
  compare(before, now);
  compare(now, before);
  return absl::StrJoin(names, ",");
}

std::optional<PageToken> Parse(const std::string& content) {
  const auto parts = Parts(content);
  if (!parts.has_value() || parts->size() < 5) return std::nullopt;
  PageToken token;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t now_ms = 0;
  std::size_t field_count = 0;
  if (!absl::SimpleAtoi((*parts)[0], &start) || !absl::SimpleAtoi((*parts)[1], &end) ||
      !absl::SimpleAtoi((*parts)[2], &now_ms) || !absl::SimpleAtoi((*parts)[3], &token.watermark) ||
      !absl::SimpleAtoi((*parts)[4], &field_count) || field_count > (parts->size() - 5) / 2) {
    return std::nullopt;
  }
  token.range = {.start = absl::FromUnixSeconds(start), .end = absl::FromUnixSeconds(end)};
  token.now = absl::FromUnixMillis(now_ms);
  std::size_t next = 5;
  for (std::size_t i = 0; i < field_count; ++i, next += 2) {
    int number = 0;
    std::uint32_t hash = 0;
    if (!absl::SimpleAtoi((*parts)[next], &number) ||
        !absl::SimpleAtoi((*parts)[next + 1], &hash)) {
      return std::nullopt;
    }
    token.fields[number] = hash;
  }
  for (; next < parts->size(); ++next) {
    const std::string& part = (*parts)[next];
    token.after.push_back(part.empty() ? SqlValue() : SqlValue(part.substr(1)));
  }
  return token;
}

}  // namespace

std::map<int, std::uint32_t> FieldHashes(const v1::RunReportRequest& request) {
  using Request = v1::RunReportRequest;
  std::map<int, std::uint32_t> hashes;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  request.GetReflection()->ListFields(request, &fields);
  for (const auto* field : fields) {
    const int number = field->number();
    if (number == Request::kPageTokenFieldNumber || number == Request::kPageSizeFieldNumber ||
        number == Request::kExplainFieldNumber) {
      continue;
    }
    Request rest = request;
    Request only;
    rest.GetReflection()->SwapFields(&rest, &only, {field});
    hashes[number] = static_cast<std::uint32_t>(Murmur3(only.SerializeAsString()).low);
  }
  return hashes;
}

absl::StatusOr<std::string> RandomTokenKey() {
  std::string key(kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) {
    return absl::InternalError("no random bytes for page tokens");
  }
  return key;
}

std::string SealToken(const PageToken& token, const std::string& key) {
  std::string content;
  AppendPart(content, absl::StrCat(absl::ToUnixSeconds(token.range.start)));
  AppendPart(content, absl::StrCat(absl::ToUnixSeconds(token.range.end)));
  AppendPart(content, absl::StrCat(absl::ToUnixMillis(token.now)));
  AppendPart(content, absl::StrCat(token.watermark));
  AppendPart(content, absl::StrCat(token.fields.size()));
  for (const auto& [number, hash] : token.fields) {
    AppendPart(content, absl::StrCat(number));
    AppendPart(content, absl::StrCat(hash));
  }
  for (const SqlValue& value : token.after) {
    AppendPart(content, value.has_value() ? "=" + *value : "");
  }
  return absl::WebSafeBase64Escape(Seal(content, key) + content);
}

absl::StatusOr<PageToken> OpenToken(const v1::RunReportRequest& request, const std::string& key) {
  std::string sealed;
  if (request.page_token().size() > kMaxTokenBytes ||
      !absl::WebSafeBase64Unescape(request.page_token(), &sealed) || sealed.size() < kSealBytes) {
    return Mismatch("is not a token of this service", "");
  }
  const std::string content = sealed.substr(kSealBytes);
  const std::string seal = Seal(content, key);
  if (CRYPTO_memcmp(seal.data(), sealed.data(), kSealBytes) != 0) {
    return Mismatch("is not a token of this service, or one from before its last start", "");
  }
  auto token = Parse(content);
  if (!token.has_value()) return Mismatch("is not a token of this service", "");
  const std::string changed = Changed(token->fields, FieldHashes(request));
  if (changed.empty()) return *std::move(token);
  return Mismatch(absl::StrCat("the request differs from that of the page before in ", changed),
                  changed);
}

}  // namespace playhead::query
