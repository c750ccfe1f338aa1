#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace playhead::tools {

// One option that a command accepts.
struct OptionSpec {
  std::string_view name;  // without dashes
  bool has_value = true;
};

// A command's words: options by name, and the rest in order.
class Arguments {
 public:
  // `--name value`, `--name=value`, `--name` for options without a value; `--` ends the options.
  // InvalidArgument: an unknown option (with the nearest known one), an option twice, a value that
  // is missing or too much.
  static absl::StatusOr<Arguments> Parse(std::span<const std::string> words,
                                         std::span<const OptionSpec> specs);

  bool Has(std::string_view name) const { return options_.contains(name); }
  // Empty when it was not given.
  std::string Get(std::string_view name) const;
  std::string Get(std::string_view name, std::string_view otherwise) const;
  // `otherwise` when it was not given. InvalidArgument: not a whole number within [least, most].
  absl::StatusOr<std::int64_t> GetInteger(std::string_view name, std::int64_t otherwise,
                                          std::int64_t least, std::int64_t most) const;
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  absl::Status Set(const OptionSpec& spec, std::string value);

  std::map<std::string, std::string, std::less<>> options_;
  std::vector<std::string> positional_;
};

// The words between commas, without spaces around them; none for an empty text.
std::vector<std::string> SplitList(std::string_view text);

}  // namespace playhead::tools
