#include "services/aggregator/store/text_store.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "common/status_macros.h"

namespace playhead::aggregator {
namespace {

using catalog::Dimension;

constexpr std::size_t kMaxRemembered = 1'000'000;
constexpr std::size_t kTextsPerStatement = 5'000;

constexpr char kInsertPagesSql[] = R"sql(
  INSERT INTO pages (partner, page_id, page)
  SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING
)sql";
constexpr char kInsertUsersSql[] = R"sql(
  INSERT INTO users (partner, user_id, "user")
  SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[]) ON CONFLICT DO NOTHING
)sql";

const char* InsertSql(Dimension dimension) {
  return dimension == Dimension::kPage ? kInsertPagesSql : kInsertUsersSql;
}

}  // namespace

TextStore::TextStore(std::unique_ptr<TextIdHasher> hasher) : hasher_(std::move(hasher)) {}

void TextStore::Begin(const std::vector<std::string>& strings) {
  strings_ = &strings;
  ids_.clear();
  new_texts_.clear();
}

std::int64_t TextStore::Id(Dimension dimension, std::int32_t partner, std::uint32_t string) {
  const std::string& text = (*strings_)[string];
  if (text.empty()) return 0;
  const auto [known, is_new] = ids_.try_emplace(Key(dimension, partner, string), 0);
  if (!is_new) return known->second;
  const std::int64_t id = hasher_->Id(partner, text);
  known->second = id;
  const Key key(dimension, partner, id);
  if (!stored_.contains(key)) new_texts_.try_emplace(key, string);
  return id;
}

absl::Status TextStore::Insert(postgres::Connection& connection) {
  std::vector<std::pair<Key, std::uint32_t>> texts(new_texts_.begin(), new_texts_.end());
  std::sort(texts.begin(), texts.end());
  for (std::size_t first = 0; first < texts.size();) {
    const Dimension dimension = std::get<0>(texts[first].first);
    std::vector<std::int64_t> partners;
    std::vector<std::int64_t> ids;
    std::vector<std::string> values;
    while (first < texts.size() && std::get<0>(texts[first].first) == dimension &&
           ids.size() < kTextsPerStatement) {
      const auto& [key, string] = texts[first++];
      partners.push_back(std::get<1>(key));
      ids.push_back(std::get<2>(key));
      values.push_back((*strings_)[string]);
    }
    const std::array<postgres::Param, 3> params = {
        postgres::ArrayOf(partners), postgres::ArrayOf(ids), postgres::ArrayOf(values)};
    RETURN_IF_ERROR(connection.Run(InsertSql(dimension), params).status());
  }
  return absl::OkStatus();
}

void TextStore::Committed() {
  if (stored_.size() + new_texts_.size() > kMaxRemembered) stored_.clear();
  for (const auto& [key, string] : new_texts_) stored_.insert(key);
  new_texts_.clear();
}

}  // namespace playhead::aggregator
