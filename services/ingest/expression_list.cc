#include "services/ingest/expression_list.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace playhead::ingest {
namespace {

constexpr int kMinAtomBytes = 3;
// Of one expression: its program and what it remembers of texts.
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 20;
constexpr int kMaxGroups = 10;

using Groups = std::array<re2::StringPiece, kMaxGroups>;

std::string Replace(const std::string& pattern, const Groups& groups) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_group = pattern[i] == '$' && i + 1 < pattern.size() && pattern[i + 1] >= '1' &&
                          pattern[i + 1] <= '9';
    if (!is_group) {
      text.push_back(pattern[i]);
      continue;
    }
    const re2::StringPiece& group = groups[static_cast<std::size_t>(pattern[++i] - '0')];
    text.append(group.data(), group.size());
  }
  absl::StripAsciiWhitespace(&text);
  return text;
}

UserAgentTexts Parts(const UserAgentExpression& expression, const Groups& groups) {
  UserAgentTexts parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!expression.replacements[i].empty()) {
      parts[i] = Replace(expression.replacements[i], groups);
    } else if (expression.captures[i] > 0) {
      const auto& group = groups[static_cast<std::size_t>(expression.captures[i])];
      parts[i].assign(group.data(), group.size());
      absl::StripAsciiWhitespace(&parts[i]);
    }
  }
  return parts;
}

}  // namespace

ExpressionList::ExpressionList(std::vector<UserAgentExpression> expressions,
                               re2::FilteredRE2 compiled, const std::vector<std::string>& atoms)
    : expressions_(std::move(expressions)), compiled_(std::move(compiled)), atoms_(atoms) {}

absl::StatusOr<ExpressionList> ExpressionList::Compile(
    std::vector<UserAgentExpression> expressions) {
  re2::FilteredRE2 compiled(kMinAtomBytes);
  for (const UserAgentExpression& expression : expressions) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!expression.ignores_case);
    options.set_max_mem(kMaxBytes);
    int id = 0;
    if (compiled.Add(expression.regex, options, &id) != re2::RE2::NoError) {
      return absl::InvalidArgumentError(
          absl::StrCat("not an expression: `", expression.regex.substr(0, 80), "`"));
    }
  }
  std::vector<std::string> atoms;
  compiled.Compile(&atoms);
  return ExpressionList(std::move(expressions), std::move(compiled), atoms);
}

std::optional<UserAgentTexts> ExpressionList::Match(const std::string& text,
                                                    const std::string& lower) const {
  const int first = compiled_.FirstMatch(text, atoms_.Find(lower));
  if (first < 0) return std::nullopt;
  const re2::RE2& expression = compiled_.GetRE2(first);
  Groups groups;
  const int count = std::min(expression.NumberOfCapturingGroups() + 1, kMaxGroups);
  if (!expression.Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups.data(), count)) {
    return std::nullopt;
  }
  return Parts(expressions_[static_cast<std::size_t>(first)], groups);
}

}  // namespace playhead::ingest
