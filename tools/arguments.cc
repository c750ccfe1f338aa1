#include "tools/arguments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/closest_name.h"
#include "common/strings.h"

namespace playhead::tools {
namespace {

absl::Status UnknownOption(std::string_view name, std::span<const OptionSpec> specs) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs) names.emplace_back(spec.name);
  std::string message = absl::StrCat("unknown option --", ToAbsl(name));
  if (!names.empty()) absl::StrAppend(&message, "; closest: --", ClosestName(name, names));
  return absl::InvalidArgumentError(message);
}

}  // namespace

absl::Status Arguments::Set(const OptionSpec& spec, std::string value) {
  if (!options_.emplace(std::string(spec.name), std::move(value)).second) {
    return absl::InvalidArgumentError(absl::StrCat("--", ToAbsl(spec.name), " is given twice"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Arguments> Arguments::Parse(std::span<const std::string> words,
                                           std::span<const OptionSpec> specs) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      arguments.positional_.insert(arguments.positional_.end(),
                                   words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (!word.starts_with("--")) {
      arguments.positional_.emplace_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    const bool has_equals = equals != std::string_view::npos;
    const std::string_view name = word.substr(2, has_equals ? equals - 2 : equals);
    const auto spec = std::ranges::find(specs, name, &OptionSpec::name);
    if (spec == specs.end()) return UnknownOption(name, specs);
    if (!spec->has_value && has_equals) {
      return absl::InvalidArgumentError(absl::StrCat("--", ToAbsl(name), " takes no value"));
    }
    std::string value;
    if (has_equals) {
      value = word.substr(equals + 1);
    } else if (spec->has_value) {
      if (i + 1 == words.size()) {
        return absl::InvalidArgumentError(absl::StrCat("--", ToAbsl(name), " needs a value"));
      }
      value = words[++i];
    }
    if (absl::Status status = arguments.Set(*spec, std::move(value)); !status.ok()) return status;
  }
  return arguments;
}

std::string Arguments::Get(std::string_view name) const { return Get(name, ""); }

std::string Arguments::Get(std::string_view name, std::string_view otherwise) const {
  const auto found = options_.find(name);
  return found == options_.end() ? std::string(otherwise) : found->second;
}

absl::StatusOr<std::int64_t> Arguments::GetInteger(std::string_view name, std::int64_t otherwise,
                                                   std::int64_t least, std::int64_t most) const {
  if (!Has(name)) return otherwise;
  std::int64_t value = 0;
  if (!absl::SimpleAtoi(ToAbsl(Get(name)), &value) || value < least || value > most) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", ToAbsl(name), " ", Get(name), " is not a whole number from ", least, " to ", most));
  }
  return value;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(ToAbsl(text), ',')) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(word);
    if (!stripped.empty()) words.emplace_back(stripped.data(), stripped.size());
  }
  return words;
}

}  // namespace playhead::tools
