// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace etch::host {

/// The JSON in the header of a .safetensors file. Keys given twice and objects nested deeper than a header's
/// are refused, with an `Error` that names the file.
nlohmann::json parse_safetensors_header(const std::string& file, std::string_view text);

}  // namespace etch::host
