// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prove/certificate.hpp>

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>

namespace etch::host {

/// For people; docs/safety.md says what each claim rests on.
void print_certificate(const Certificate& certificate, std::ostream& out);

/// The same as JSON (docs/tool.schema.json).
nlohmann::ordered_json certificate_data(const Certificate& certificate);

}  // namespace etch::host
