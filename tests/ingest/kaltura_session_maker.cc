#include "tests/ingest/kaltura_session_maker.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/strings.h"

namespace playhead::ingest {
namespace {

std::string Sha1(std::string_view text) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), hash, &size, EVP_sha1(), nullptr);
  return {reinterpret_cast<char*>(hash), size};
}

}  // namespace

std::string MakeKalturaSession(int partner, std::string_view secret, std::string_view fields) {
  const std::string body = absl::StrCat("0123456789abcdef", ToAbsl(fields));
  std::string plain = Sha1(body) + body;
  plain.resize((plain.size() + 15) / 16 * 16, '\0');
  const std::string key = Sha1(secret);
  const unsigned char zeros[16] = {};
  std::string cipher(plain.size() + 16, '\0');
  int size = 0;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(context.get(), EVP_aes_128_cbc(), nullptr,
                     reinterpret_cast<const unsigned char*>(key.data()), zeros);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(cipher.data()), &size,
                    reinterpret_cast<const unsigned char*>(plain.data()),
                    static_cast<int>(plain.size()));
  cipher.resize(static_cast<std::size_t>(size));
  std::string text = absl::Base64Escape(absl::StrCat("v2|", partner, "|", cipher));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace playhead::ingest
