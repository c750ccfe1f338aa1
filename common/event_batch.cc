#include "common/event_batch.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "playhead/v1/event_tracking.pb.h"

namespace playhead {
namespace {

constexpr std::int64_t kMaxEventAgeMs = std::int64_t{9} * 24 * 3'600'000;
constexpr std::int64_t kMaxEventAheadMs = 3'600'000;
constexpr int kMaxRejectedCounts = 10'000;
constexpr int kMaxDictionary = kMaxBatchEvents * catalog::kDimensionCount + 1;
constexpr std::size_t kMaxTextBytes = 1024;
// Sums of a million of these still fit an int64.
constexpr std::int64_t kMaxNumber = std::int64_t{1} << 40;

class Dictionary {
 public:
  explicit Dictionary(v1::EventBatch& batch) : batch_(batch) { Index(""); }

  std::uint32_t Index(const std::string& text) {
    const auto [it, is_new] =
        indexes_.try_emplace(text, static_cast<std::uint32_t>(batch_.dictionary_size()));
    if (is_new) batch_.add_dictionary(text);
    return it->second;
  }

 private:
  v1::EventBatch& batch_;
  absl::flat_hash_map<std::string, std::uint32_t> indexes_;
};

template <typename Field>
void DropIfAllZero(Field& field) {
  if (std::all_of(field.begin(), field.end(), [](auto value) { return value == 0; })) field.Clear();
}

void PackScalars(const Event& event, v1::EventBatch& batch) {
  batch.add_partner(event.partner);
  batch.add_event_type(event.event_type);
  batch.add_door(event.door);
  batch.add_receive_time_ms(event.receive_time_ms - batch.base_time_ms());
  batch.add_event_time_ms(event.event_time_ms - batch.base_time_ms());
  batch.add_identity_high(event.identity.high);
  batch.add_identity_low(event.identity.low);
  batch.add_content(event.content);
  batch.add_event_index(event.event_index);
  batch.add_session_high(event.session.high);
  batch.add_session_low(event.session.low);
  batch.add_viewer(event.viewer);
  batch.add_known_user(event.known_user);
}

void PackDimension(std::span<const Event> events, std::size_t dimension, Dictionary& dictionary,
                   v1::EventBatch& batch) {
  const auto is_empty = [&](const Event& e) { return e.dimensions[dimension].empty(); };
  if (std::all_of(events.begin(), events.end(), is_empty)) return;
  v1::DimensionColumn& column = *batch.add_dimensions();
  column.set_dimension(static_cast<std::uint32_t>(dimension));
  for (const Event& event : events)
    column.add_values(dictionary.Index(event.dimensions[dimension]));
}

void PackNumber(std::span<const Event> events, std::size_t number, v1::EventBatch& batch) {
  const auto is_absent = [&](const Event& e) { return e.numbers[number] < 0; };
  if (std::all_of(events.begin(), events.end(), is_absent)) return;
  v1::NumberColumn& column = *batch.add_numbers();
  column.set_number(static_cast<std::uint32_t>(number));
  for (const Event& event : events) {
    column.add_values(
        static_cast<std::uint64_t>(std::max<std::int64_t>(event.numbers[number], -1) + 1));
  }
}

absl::Status Invalid(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("event batch: ", what));
}

template <typename Field>
absl::Status CheckLength(const Field& field, std::size_t count, bool required,
                         absl::string_view name) {
  if (static_cast<std::size_t>(field.size()) == count) return absl::OkStatus();
  if (field.empty() && !required) return absl::OkStatus();
  return Invalid(absl::StrCat(name, " has ", field.size(), " values for ", count, " events"));
}

absl::Status CheckLengths(const v1::EventBatch& b) {
  const std::size_t n = b.event_count();
  RETURN_IF_ERROR(CheckLength(b.partner(), n, true, "partner"));
  RETURN_IF_ERROR(CheckLength(b.event_type(), n, true, "event_type"));
  RETURN_IF_ERROR(CheckLength(b.door(), n, true, "door"));
  RETURN_IF_ERROR(CheckLength(b.receive_time_ms(), n, false, "receive_time_ms"));
  RETURN_IF_ERROR(CheckLength(b.event_time_ms(), n, false, "event_time_ms"));
  RETURN_IF_ERROR(CheckLength(b.identity_high(), n, false, "identity_high"));
  RETURN_IF_ERROR(CheckLength(b.identity_low(), n, false, "identity_low"));
  RETURN_IF_ERROR(CheckLength(b.content(), n, false, "content"));
  RETURN_IF_ERROR(CheckLength(b.event_index(), n, false, "event_index"));
  RETURN_IF_ERROR(CheckLength(b.session_high(), n, true, "session_high"));
  RETURN_IF_ERROR(CheckLength(b.session_low(), n, true, "session_low"));
  RETURN_IF_ERROR(CheckLength(b.viewer(), n, true, "viewer"));
  return CheckLength(b.known_user(), n, false, "known_user");
}

absl::Status CheckDictionary(const v1::EventBatch& batch) {
  if (batch.dictionary_size() > kMaxDictionary) return Invalid("dictionary is too long");
  if (batch.dictionary_size() == 0 || !batch.dictionary(0).empty()) {
    return Invalid("dictionary does not begin with the empty string");
  }
  for (const std::string& text : batch.dictionary()) {
    if (text.size() > kMaxTextBytes) return Invalid("dictionary has a text over 1 KiB");
    if (text.find('\0') != std::string::npos) return Invalid("dictionary has a NUL");
    if (!IsValidUtf8(text)) return Invalid("dictionary has bad UTF-8");
  }
  return absl::OkStatus();
}

// Adds base and delta; nullopt when that overflows.
std::optional<std::int64_t> TimeAt(std::int64_t base, std::int64_t delta) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(base, delta, &sum)) return std::nullopt;
  return sum;
}

template <typename Field>
auto ValueAt(const Field& field, int i) {
  return field.empty() ? typename Field::value_type{} : field.Get(i);
}

absl::Status UnpackTimes(const v1::EventBatch& batch, int i, std::int64_t append_time_ms,
                         BatchEvent& event) {
  const auto receive = TimeAt(batch.base_time_ms(), ValueAt(batch.receive_time_ms(), i));
  const auto occur = TimeAt(batch.base_time_ms(), ValueAt(batch.event_time_ms(), i));
  const std::int64_t least = append_time_ms - kMaxEventAgeMs;
  const std::int64_t greatest = append_time_ms + kMaxEventAheadMs;
  for (const auto& time : {receive, occur}) {
    if (!time.has_value() || *time < least || *time > greatest) {
      return Invalid("event_time_ms or receive_time_ms is too far from the append time");
    }
  }
  event.receive_time_ms = *receive;
  event.event_time_ms = *occur;
  return absl::OkStatus();
}

bool IsDoor(std::uint32_t door) { return door == v1::DOOR_BEACON || door == v1::DOOR_GRPC; }

absl::Status UnpackScalars(const v1::EventBatch& batch, int i, BatchEvent& event) {
  event.partner = batch.partner(i);
  event.event_type = batch.event_type(i);
  if (event.partner <= 0) return Invalid("partner is not above 0");
  if (event.event_type <= 0) return Invalid("event_type is not above 0");
  if (!IsDoor(batch.door(i))) return Invalid("door is not known");
  event.door = static_cast<std::uint8_t>(batch.door(i));
  event.identity = {ValueAt(batch.identity_high(), i), ValueAt(batch.identity_low(), i)};
  event.content = ValueAt(batch.content(), i);
  event.event_index = ValueAt(batch.event_index(), i);
  event.session = {batch.session_high(i), batch.session_low(i)};
  event.viewer = batch.viewer(i);
  event.known_user = ValueAt(batch.known_user(), i);
  return absl::OkStatus();
}

absl::Status UnpackDimensions(const v1::EventBatch& batch, std::vector<BatchEvent>& events) {
  for (const v1::DimensionColumn& column : batch.dimensions()) {
    RETURN_IF_ERROR(CheckLength(column.values(), events.size(), false, "a dimension"));
    const bool is_known = column.dimension() < catalog::kDimensionCount;
    for (int i = 0; i < column.values_size(); ++i) {
      if (column.values(i) >= static_cast<std::uint32_t>(batch.dictionary_size())) {
        return Invalid("a dimension points outside the dictionary");
      }
      if (is_known) {
        events[static_cast<std::size_t>(i)].dimensions[column.dimension()] = column.values(i);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status UnpackNumbers(const v1::EventBatch& batch, std::vector<BatchEvent>& events) {
  for (BatchEvent& event : events) event.numbers.fill(-1);
  for (const v1::NumberColumn& column : batch.numbers()) {
    RETURN_IF_ERROR(CheckLength(column.values(), events.size(), false, "a number"));
    if (column.number() >= catalog::kNumberCount) continue;
    for (int i = 0; i < column.values_size(); ++i) {
      if (column.values(i) > kMaxNumber) return Invalid("a number is out of range");
      events[static_cast<std::size_t>(i)].numbers[column.number()] =
          static_cast<std::int64_t>(column.values(i)) - 1;
    }
  }
  return absl::OkStatus();
}

absl::Status UnpackRejected(const v1::EventBatch& batch, std::int64_t append_time_ms,
                            UnpackedBatch& unpacked) {
  if (batch.rejected_size() > kMaxRejectedCounts) return Invalid("rejected is too long");
  for (const v1::RejectedCount& rejected : batch.rejected()) {
    const std::int64_t least = (append_time_ms - kMaxEventAgeMs) / 60'000;
    const std::int64_t greatest = (append_time_ms + kMaxEventAheadMs) / 60'000;
    const bool is_valid = rejected.minute() >= least && rejected.minute() <= greatest &&
                          rejected.partner() >= 0 && IsDoor(rejected.door()) &&
                          rejected.count() <= std::numeric_limits<std::uint32_t>::max() &&
                          rejected.reason() > v1::REJECTION_REASON_UNSPECIFIED &&
                          rejected.reason() <= v1::REJECTION_REASON_CLOCK_SKEW;
    if (!is_valid) return Invalid("rejected has a value out of range");
    unpacked.rejected.push_back(rejected);
  }
  return absl::OkStatus();
}

std::uint64_t LoadBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace

v1::EventBatch PackBatch(std::span<const Event> events) {
  v1::EventBatch batch;
  batch.set_event_count(static_cast<std::uint32_t>(events.size()));
  Dictionary dictionary(batch);
  if (!events.empty()) batch.set_base_time_ms(events.front().receive_time_ms);
  for (const Event& event : events) PackScalars(event, batch);
  DropIfAllZero(*batch.mutable_receive_time_ms());
  DropIfAllZero(*batch.mutable_event_time_ms());
  DropIfAllZero(*batch.mutable_identity_high());
  DropIfAllZero(*batch.mutable_identity_low());
  DropIfAllZero(*batch.mutable_content());
  DropIfAllZero(*batch.mutable_event_index());
  DropIfAllZero(*batch.mutable_known_user());
  for (std::size_t d = 0; d < catalog::kDimensionCount; ++d) {
    PackDimension(events, d, dictionary, batch);
  }
  for (std::size_t n = 0; n < catalog::kNumberCount; ++n) PackNumber(events, n, batch);
  return batch;
}

absl::StatusOr<UnpackedBatch> UnpackBatch(std::string_view bytes, std::int64_t append_time_ms) {
  v1::EventBatch batch;
  if (bytes.size() > kMaxBatchBytes) return Invalid("larger than 2 MiB");
  if (!batch.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Invalid("not an EventBatch");
  }
  if (batch.producer().size() != 16) return Invalid("producer is not 16 bytes");
  if (batch.sequence() == 0) return Invalid("sequence is 0");
  if (batch.event_count() > kMaxBatchEvents) return Invalid("more than 1,000 events");
  RETURN_IF_ERROR(CheckLengths(batch));
  RETURN_IF_ERROR(CheckDictionary(batch));

  UnpackedBatch unpacked;
  const std::string_view producer = batch.producer();
  unpacked.producer = {LoadBigEndian(producer.substr(0, 8)), LoadBigEndian(producer.substr(8))};
  unpacked.sequence = batch.sequence();
  unpacked.events.resize(batch.event_count());
  for (int i = 0; i < static_cast<int>(batch.event_count()); ++i) {
    BatchEvent& event = unpacked.events[static_cast<std::size_t>(i)];
    RETURN_IF_ERROR(UnpackScalars(batch, i, event));
    RETURN_IF_ERROR(UnpackTimes(batch, i, append_time_ms, event));
  }
  RETURN_IF_ERROR(UnpackDimensions(batch, unpacked.events));
  RETURN_IF_ERROR(UnpackNumbers(batch, unpacked.events));
  RETURN_IF_ERROR(UnpackRejected(batch, append_time_ms, unpacked));
  unpacked.dictionary.assign(batch.mutable_dictionary()->begin(),
                             batch.mutable_dictionary()->end());
  return unpacked;
}

}  // namespace playhead
