// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/layer_form.hpp>

namespace etch::host::declare {

std::string LayerForm::text(const std::string& name) const {
  const bool unnamed = name.empty() && leading == static_cast<int>(members.size());
  std::string list;
  const auto add = [&](const std::string& member, const std::string& value) {
    list += (list.empty() ? "" : ", ") + (unnamed ? value : "." + member + " = " + value);
  };
  for (const Member& member : members)
    if (!member.last) add(member.name, member.text);
  if (!name.empty()) add("name", quoted(name));
  for (const Member& member : members)
    if (member.last) add(member.name, member.text);
  const std::string layer = type + "{" + list + "}";
  return repeat > 1 ? "TimeDistributed{" + layer + "}" : layer;
}

}  // namespace etch::host::declare
