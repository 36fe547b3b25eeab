// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/report/memory_map.hpp>

#include <nlohmann/json_fwd.hpp>

namespace etch::host {

// Models and what they take as JSON: what the page of a report holds and `--json` prints. Text is UTF-8, with
// a mark in the place of bytes that are not.

/// Every board that is known.
nlohmann::ordered_json boards_data();
/// Inputs or outputs: names, shapes, types, quantization, bytes.
nlohmann::ordered_json ends_data(const ImportedModel& model, bool inputs);
/// The operators of the source, with what each costs.
nlohmann::ordered_json operators_data(const ImportedModel& model);
/// Bytes of weights, arena, states, inputs and outputs, and of all RAM.
nlohmann::ordered_json memory_data(const ImportedProgram& program);
/// The steps that ship, in the order that they run in, with the values that they take and give.
nlohmann::ordered_json steps_data(const ImportedModel& model, const ImportedProgram& program);
/// The arena over the steps.
nlohmann::ordered_json arena_data(const MemoryMap& map);
/// Names of the values that lie in the arena, by value; of scratch, of which step.
std::string value_name(const ImportedModel& model, const ImportedProgram& program, int value);

}  // namespace etch::host
