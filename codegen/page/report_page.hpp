// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>

namespace etch::host {

/// A page that shows a report (`report_data`) in any browser, from one file, without a network: markup, style
/// and script of this folder, and the data as JSON within. Text of models cannot leave its place there.
std::string report_page(const nlohmann::ordered_json& data);

/// JSON that can stand in a page's script: without <, > and &, and with a mark where text is not UTF-8.
std::string json_in_page(const nlohmann::ordered_json& data);
/// Text that can stand between tags.
std::string text_in_page(const std::string& text);

}  // namespace etch::host
