// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/layer_form.hpp>

namespace etch::host::declare {

std::string LayerForm::text(const std::string& name) const {
  bool unnamed = name.empty(), gap = false;
  for (const Member& member : members) {
    if (!member.is_default && (gap || !member.first)) unnamed = false;
    gap = gap || member.is_default;
  }
  std::string list;
  const auto add = [&](const std::string& member, const std::string& value) {
    list += (list.empty() ? "" : ", ") + (unnamed ? value : "." + member + " = " + value);
  };
  for (const Member& member : members)
    if (!member.is_default && !member.last) add(member.name, member.text);
  if (!name.empty()) add("name", quoted(name));
  for (const Member& member : members)
    if (!member.is_default && member.last) add(member.name, member.text);
  const std::string layer = type + "{" + list + "}";
  return repeat > 1 ? "TimeDistributed{" + layer + "}" : layer;
}

}  // namespace etch::host::declare
