// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The files report.html, report.css and report.js of this folder, which the build embeds.
namespace etch::host::page_parts {

extern const char* const page;
extern const char* const style;
extern const char* const script;

}  // namespace etch::host::page_parts
