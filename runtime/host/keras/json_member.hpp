// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <nlohmann/json.hpp>

namespace etch::host {

/// A member of a JSON object, or null: of what has no such member, and of what is no object.
inline const nlohmann::json& member(const nlohmann::json& json, const char* key) {
  static const nlohmann::json absent;
  if (!json.is_object()) return absent;
  const auto found = json.find(key);
  return found == json.end() ? absent : *found;
}

}  // namespace etch::host
