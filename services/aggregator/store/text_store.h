#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/catalog.h"
#include "common/postgres.h"
#include "common/text_id.h"

namespace playhead::aggregator {

// Ids of the texts that facts and rollups hold by id, and the tables of these texts. Remembers
// which texts are stored, up to a bound, so that each is inserted about once per process. Not
// thread-safe.
class TextStore {
 public:
  explicit TextStore(std::unique_ptr<TextIdHasher> hasher);

  // Begins an epoch; `strings` are the texts that Id is asked for, and must outlive it.
  void Begin(const std::vector<std::string>& strings);

  // The id of strings[string] in the table of `dimension`, which is a kHashedId one. 0: the empty
  // text.
  std::int64_t Id(catalog::Dimension dimension, std::int32_t partner, std::uint32_t string);

  // Inserts the texts that Id was asked for and that are not known to be stored, in key order.
  absl::Status Insert(postgres::Connection& connection);

  // The transaction of the Inserts since Begin was committed.
  void Committed();

 private:
  // A dimension, a partner and an id (or, in `ids_`, an index into the epoch's strings).
  using Key = std::tuple<catalog::Dimension, std::int32_t, std::int64_t>;

  std::unique_ptr<TextIdHasher> hasher_;
  const std::vector<std::string>* strings_ = nullptr;
  absl::flat_hash_map<Key, std::int64_t> ids_;
  absl::flat_hash_map<Key, std::uint32_t> new_texts_;
  absl::flat_hash_set<Key> stored_;
};

}  // namespace playhead::aggregator
