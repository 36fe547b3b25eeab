// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/cycles/meter.hpp>
#include <runtime/boards/cycles/parameters.hpp>

#include <string>

namespace etch::cycles {

/// What was measured, for people: of one call, on average.
std::string table_of(const Measured& measured, const Parameters& parameters);

/// The same for programs, of all calls together; docs/cycles.md lists the keys.
std::string json_of(const Measured& measured, const Parameters& parameters);

/// "5 wait states, reads of 16 bytes, ..."
std::string flash_text(const FlashParameters& flash);

const char* prefetch_name(Prefetch prefetch);

}  // namespace etch::cycles
