#include "services/ingest/json_object.h"

#include <boost/json/basic_parser_impl.hpp>
// The rest of Boost.JSON in this one translation unit: no library to link.
#include <boost/json/src.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/utf8.h"

namespace playhead::ingest {
namespace {

namespace json = boost::json;
using Text = json::string_view;

// The nesting that the reader is in: the key of an object's member, or the next index of an array.
struct Level {
  bool is_array = false;
  std::size_t next_index = 0;
  std::size_t path_size = 0;  // of the level itself
};

// Receives tokens from json::basic_parser and builds parameters. Every callback returns false to
// stop.
class Flattener {
 public:
  // The parser names them.
  // NOLINTBEGIN(readability-identifier-naming)
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  // NOLINTEND(readability-identifier-naming)

  explicit Flattener(std::size_t max_parameters) : max_parameters_(max_parameters) {}

  ParametersRead Take() { return std::move(read_); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return Enter(false); }
  bool on_object_end(std::size_t, json::error_code&) { return Leave(); }
  bool on_array_begin(json::error_code&) { return Enter(true); }
  bool on_array_end(std::size_t, json::error_code&) { return Leave(); }
  bool on_key_part(Text part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    path_.resize(levels_.back().path_size);
    Extend(key_);
    key_.clear();
    return true;
  }
  bool on_string_part(Text part, std::size_t, json::error_code&) { return Collect(part); }
  bool on_string(Text part, std::size_t, json::error_code&) {
    return Collect(part) && Add(ValueKind::kText);
  }
  bool on_number_part(Text part, json::error_code&) { return Collect(part); }
  bool on_int64(std::int64_t, Text part, json::error_code&) { return AddNumber(part); }
  bool on_uint64(std::uint64_t, Text part, json::error_code&) { return AddNumber(part); }
  bool on_double(double, Text part, json::error_code&) { return AddNumber(part); }
  bool on_bool(bool value, json::error_code&) {
    value_ = value ? "true" : "false";
    return Add(ValueKind::kBool);
  }
  bool on_null(json::error_code&) { return Add(ValueKind::kNull); }
  bool on_comment_part(Text, json::error_code&) { return true; }
  bool on_comment(Text, json::error_code&) { return true; }

 private:
  bool Fail(v1::RejectionReason reason) {
    read_.reason = reason;
    return false;
  }

  void Extend(std::string_view part) {
    if (levels_.size() > 1) path_.push_back(':');
    path_.append(part);
  }

  // The name of an array's next value is its index; an object's is set by on_key.
  void Step() {
    if (levels_.empty() || !levels_.back().is_array) return;
    path_.resize(levels_.back().path_size);
    Extend(std::to_string(levels_.back().next_index++));
  }

  bool Enter(bool is_array) {
    if (levels_.empty() && is_array) return Fail(v1::REJECTION_REASON_MALFORMED);
    Step();
    levels_.push_back({.is_array = is_array, .next_index = 0, .path_size = path_.size()});
    return true;
  }

  bool Leave() {
    path_.resize(levels_.back().path_size);
    levels_.pop_back();
    return true;
  }

  bool Collect(Text part) {
    value_.append(part.data(), part.size());
    return true;
  }

  bool AddNumber(Text part) { return Collect(part) && Add(ValueKind::kNumber); }

  bool Add(ValueKind kind) {
    if (levels_.empty()) return Fail(v1::REJECTION_REASON_MALFORMED);
    if (read_.parameters.size() == max_parameters_) {
      return Fail(v1::REJECTION_REASON_TOO_MANY_PARAMETERS);
    }
    Step();
    if (path_.find('\0') != std::string::npos || value_.find('\0') != std::string::npos) {
      return Fail(v1::REJECTION_REASON_NUL_BYTE);
    }
    read_.parameters.push_back({.name = path_, .value = std::move(value_), .kind = kind});
    value_.clear();
    return true;
  }

  const std::size_t max_parameters_;
  ParametersRead read_;
  std::vector<Level> levels_;
  std::string path_;
  std::string key_;
  std::string value_;
};

bool IsSurrogateEscape(std::string_view text, std::string_view third_digits) {
  return text.size() >= 4 && text.starts_with("\\u") && (text[2] == 'd' || text[2] == 'D') &&
         third_digits.find(text[3]) != std::string_view::npos;
}

// Whether `text` has an escape of half a surrogate pair. That is how a script writes text that it
// cut in the middle of a character, and a fault of the text, not of the JSON.
bool HasHalfCharacter(std::string_view text) {
  constexpr std::size_t kEscapeBytes = 6;
  constexpr std::string_view kHigh = "89abAB";
  constexpr std::string_view kLow = "cdefCDEF";
  for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    const std::string_view rest = text.substr(at);
    if (IsSurrogateEscape(rest, kLow)) return true;
    if (!IsSurrogateEscape(rest, kHigh)) {
      at += 2;
      continue;
    }
    if (rest.size() <= kEscapeBytes) return false;  // the text ends here
    if (!IsSurrogateEscape(rest.substr(kEscapeBytes), kLow)) return true;
    at += 2 * kEscapeBytes;
  }
  return false;
}

}  // namespace

ParametersRead ReadJsonObject(std::string_view text, std::size_t max_parameters) {
  if (text.find('\0') != std::string_view::npos) return {{}, v1::REJECTION_REASON_NUL_BYTE};
  if (!IsValidUtf8(text)) return {{}, v1::REJECTION_REASON_INVALID_UTF8};

  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<Flattener> parser(options, max_parameters);
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  ParametersRead read = parser.handler().Take();
  if (read.reason != v1::REJECTION_REASON_UNSPECIFIED) return read;
  if (error) {
    read.reason =
        HasHalfCharacter(text) ? v1::REJECTION_REASON_INVALID_UTF8 : v1::REJECTION_REASON_MALFORMED;
  } else if (used < text.size()) {
    read.reason = v1::REJECTION_REASON_MALFORMED;
  }
  return read;
}

}  // namespace playhead::ingest
