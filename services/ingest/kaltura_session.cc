#include "services/ingest/kaltura_session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/strings.h"
#include "common/utf8.h"
#include "services/ingest/query_string.h"

namespace playhead::ingest {
namespace {

constexpr std::size_t kHashBytes = 20;
constexpr std::size_t kHexHashBytes = 2 * kHashBytes;
constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kV1Fields = 9;
constexpr absl::Duration kLongest = absl::Hours(24 * 3653);

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Empty when the library cannot.
std::string Sha1(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr) != 1) return "";
  return {hash.begin(), hash.begin() + size};
}

bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Of either alphabet, but not of both, with its padding; nothing is read twice in different ways.
std::optional<std::string> DecodeBase64(std::string_view text) {
  const bool is_plain = text.find_first_of("+/") != std::string_view::npos;
  if (is_plain && text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  std::string decoded;
  if (!absl::Base64Unescape(plain, &decoded)) return std::nullopt;
  if (absl::Base64Escape(decoded) != plain) return std::nullopt;
  return decoded;
}

std::optional<std::string> Decrypt(std::string_view cipher, std::string_view secret) {
  const std::string key = Sha1(secret);
  const std::array<unsigned char, kBlockBytes> zeros{};
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (key.size() != kHashBytes || context == nullptr) return std::nullopt;
  std::string plain(cipher.size() + kBlockBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  int size = 0;
  int rest = 0;
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, Bytes(key), zeros.data()) !=
          1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_DecryptUpdate(context.get(), out, &size, Bytes(cipher),
                        static_cast<int>(cipher.size())) != 1 ||
      EVP_DecryptFinal_ex(context.get(), out + size, &rest) != 1) {
    return std::nullopt;
  }
  plain.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
  return plain;
}

std::optional<KalturaSession> MakeSession(std::string_view expiry, std::string_view user,
                                          absl::Time now) {
  std::int64_t seconds = 0;
  const bool is_number = std::all_of(expiry.begin(), expiry.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!is_number || !absl::SimpleAtoi(ToAbsl(expiry), &seconds)) return std::nullopt;
  const absl::Time end = absl::FromUnixSeconds(seconds);
  if (end <= now || end - now > kLongest) return std::nullopt;
  if (user.empty() || user == "0" || !IsValidUtf8(user)) return std::nullopt;
  return KalturaSession{.user = std::string(user), .expiry = end};
}

std::optional<KalturaSession> ReadFields(std::string_view fields, absl::Time now) {
  ParametersRead read = ReadQueryString(fields, kMaxParameters);
  if (read.reason != v1::REJECTION_REASON_UNSPECIFIED) return std::nullopt;
  const std::size_t sent = read.parameters.size();
  const Parameters unique = MergeParameters(std::move(read.parameters), {});
  const Parameter* expiry = FindParameter(unique, "_e");
  const Parameter* user = FindParameter(unique, "_u");
  if (unique.size() != sent || expiry == nullptr || user == nullptr) return std::nullopt;
  return MakeSession(expiry->value, user->value, now);
}

// `cipher`: what follows `v2|partner|`.
std::optional<KalturaSession> VerifyV2(std::string_view cipher, std::string_view secret,
                                       absl::Time now) {
  const std::optional<std::string> plain = Decrypt(cipher, secret);
  if (!plain.has_value()) return std::nullopt;
  std::string_view signed_part(*plain);
  signed_part = signed_part.substr(0, signed_part.find_last_not_of('\0') + 1);
  if (signed_part.size() <= kHashBytes + kRandomBytes) return std::nullopt;
  const std::string_view hash = signed_part.substr(0, kHashBytes);
  signed_part.remove_prefix(kHashBytes);
  if (!IsSame(hash, Sha1(signed_part))) return std::nullopt;
  return ReadFields(signed_part.substr(kRandomBytes), now);
}

// `decoded`: `hash|info`.
std::optional<KalturaSession> VerifyV1(std::string_view decoded, std::int32_t partner,
                                       std::string_view secret, absl::Time now) {
  if (decoded.size() <= kHexHashBytes || decoded[kHexHashBytes] != '|') return std::nullopt;
  const std::string_view info = decoded.substr(kHexHashBytes + 1);
  const bool is_printable = std::all_of(info.begin(), info.end(), [](char c) {
    return !absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  std::string input = absl::StrCat(ToAbsl(secret), ToAbsl(info));
  const std::string hash = absl::BytesToHexString(Sha1(input));
  OPENSSL_cleanse(input.data(), input.size());
  if (!IsSame(decoded.substr(0, kHexHashBytes), hash) || !is_printable) return std::nullopt;
  const std::vector<std::string> fields = absl::StrSplit(ToAbsl(info), ';');
  if (fields.size() != kV1Fields || fields[0] != absl::StrCat(partner)) return std::nullopt;
  return MakeSession(fields[2], fields[5], now);
}

}  // namespace

std::optional<KalturaSession> VerifyKalturaSession(std::string_view text, std::int32_t partner,
                                                   std::span<const std::string> secrets,
                                                   absl::Time now,
                                                   const KalturaSessionRules& rules) {
  if (text.empty() || text.size() > kMaxKalturaSessionBytes) return std::nullopt;
  const std::optional<std::string> decoded = DecodeBase64(text);
  if (!decoded.has_value()) return std::nullopt;
  const std::string v2_start = absl::StrCat("v2|", partner, "|");
  const bool is_v2 = decoded->starts_with(v2_start);
  if (!is_v2 && !rules.accept_v1) return std::nullopt;
  std::string_view cipher(*decoded);
  cipher.remove_prefix(is_v2 ? v2_start.size() : 0);
  if (is_v2 && cipher.size() % kBlockBytes != 0) return std::nullopt;

  std::optional<KalturaSession> found;
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    std::optional<KalturaSession> session =
        is_v2 ? VerifyV2(cipher, secret, now) : VerifyV1(*decoded, partner, secret, now);
    if (session.has_value()) found = std::move(session);
  }
  return found;
}

}  // namespace playhead::ingest
