#include "common/text_id.h"

#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

namespace playhead {
namespace {

constexpr std::size_t kKeyBytes = 16;

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

class SipHasher final : public TextIdHasher {
 public:
  explicit SipHasher(std::string_view key)
      : key_(key), mac_(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr)) {
    if (mac_) context_.reset(EVP_MAC_CTX_new(mac_.get()));
  }

  bool IsUsable() const { return context_ != nullptr; }

  std::int64_t Id(std::int32_t partner, std::string_view text) override {
    if (text.empty()) return 0;
    input_.clear();
    absl::StrAppend(&input_, partner, "/");
    input_.append(text);
    const std::int64_t id = Hash(input_);
    return id == 0 ? 1 : id;
  }

 private:
  std::int64_t Hash(std::string_view input) {
    std::array<unsigned char, 8> out{};
    std::size_t size = out.size();
    std::size_t digest_bytes = out.size();
    const std::array<OSSL_PARAM, 2> parameters = {
        OSSL_PARAM_construct_size_t("size", &digest_bytes), OSSL_PARAM_construct_end()};
    const bool done =
        EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key_.data()),
                     key_.size(), parameters.data()) == 1 &&
        EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(input.data()),
                       input.size()) == 1 &&
        EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1;
    if (!done || size != out.size()) std::abort();
    std::uint64_t id = 0;
    for (std::size_t i = out.size(); i > 0; --i) id = id << 8 | out[i - 1];
    return static_cast<std::int64_t>(id);
  }

  const std::string key_;
  const std::unique_ptr<EVP_MAC, FreeMac> mac_;
  std::unique_ptr<EVP_MAC_CTX, FreeMac> context_;
  std::string input_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TextIdHasher>> TextIdHasher::Make(std::string_view key) {
  if (key.size() != kKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("id_key has ", key.size(), " bytes; it must have ", kKeyBytes));
  }
  auto hasher = std::make_unique<SipHasher>(key);
  if (!hasher->IsUsable()) return absl::InternalError("OpenSSL has no SIPHASH");
  return hasher;
}

}  // namespace playhead
