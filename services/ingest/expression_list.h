#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "re2/filtered_re2.h"
#include "services/ingest/atom_finder.h"
#include "services/ingest/user_agent_expressions.h"

namespace playhead::ingest {

// An ordered list of expressions, compiled so that only those run whose literal parts occur in a
// text. Linear in the length of a text. Safe from any thread.
class ExpressionList {
 public:
  // InvalidArgument: names an expression that does not compile.
  static absl::StatusOr<ExpressionList> Compile(std::vector<UserAgentExpression> expressions);

  // What the first expression that matches says; nullopt when none does. `lower` is `text` in lower
  // case. Both are well-formed UTF-8.
  std::optional<UserAgentTexts> Match(const std::string& text, const std::string& lower) const;

 private:
  ExpressionList(std::vector<UserAgentExpression> expressions, re2::FilteredRE2 compiled,
                 const std::vector<std::string>& atoms);

  std::vector<UserAgentExpression> expressions_;
  re2::FilteredRE2 compiled_;
  AtomFinder atoms_;
};

}  // namespace playhead::ingest
