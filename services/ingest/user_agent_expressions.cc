#include "services/ingest/user_agent_expressions.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "yaml-cpp/yaml.h"

namespace playhead::ingest {
namespace {

struct ListForm {
  const char* name;
  std::array<const char*, kUserAgentParts> replacements;
  std::array<int, kUserAgentParts> captures;
};

constexpr ListForm kBrowsers = {
    "user_agent_parsers",
    {"family_replacement", "v1_replacement", "v2_replacement", "v3_replacement", nullptr},
    {1, 2, 3, 4, 0}};
constexpr ListForm kOperatingSystems = {"os_parsers",
                                        {"os_replacement", "os_v1_replacement", "os_v2_replacement",
                                         "os_v3_replacement", "os_v4_replacement"},
                                        {1, 2, 3, 4, 5}};
constexpr ListForm kDevices = {
    "device_parsers",
    {"device_replacement", "brand_replacement", "model_replacement", nullptr, nullptr},
    {1, 0, 1, 0, 0}};

std::string TextAt(const YAML::Node& node, const char* name) {
  const YAML::Node value = node[name];
  return value.IsDefined() && value.IsScalar() ? value.Scalar() : "";
}

absl::StatusOr<std::vector<UserAgentExpression>> ReadList(const YAML::Node& root,
                                                          const ListForm& form) {
  const YAML::Node list = root.IsMap() ? root[form.name] : YAML::Node();
  if (!list.IsDefined() || !list.IsSequence() || list.size() == 0) {
    return absl::InvalidArgumentError(absl::StrCat("no list `", form.name, "`"));
  }
  std::vector<UserAgentExpression> expressions;
  expressions.reserve(list.size());
  for (const YAML::Node& node : list) {
    UserAgentExpression expression;
    if (node.IsMap()) expression.regex = TextAt(node, "regex");
    if (expression.regex.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", node.Mark().line + 1, ": no `regex`"));
    }
    expression.ignores_case = TextAt(node, "regex_flag") == "i";
    for (std::size_t i = 0; i < kUserAgentParts; ++i) {
      if (form.replacements[i] == nullptr) continue;
      expression.replacements[i] = TextAt(node, form.replacements[i]);
    }
    expression.captures = form.captures;
    expressions.push_back(std::move(expression));
  }
  return expressions;
}

}  // namespace

absl::StatusOr<UserAgentExpressions> ReadUserAgentExpressions(const std::string& yaml) {
  // yaml-cpp reports by exception; this is the only place that catches one.
  try {
    const YAML::Node root = YAML::Load(yaml);
    UserAgentExpressions expressions;
    ASSIGN_OR_RETURN(expressions.browsers, ReadList(root, kBrowsers));
    ASSIGN_OR_RETURN(expressions.operating_systems, ReadList(root, kOperatingSystems));
    ASSIGN_OR_RETURN(expressions.devices, ReadList(root, kDevices));
    return expressions;
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("not YAML: ", e.what()));
  }
}

}  // namespace playhead::ingest
