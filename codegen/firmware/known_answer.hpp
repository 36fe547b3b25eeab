// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_ends.hpp>
#include <codegen/model/imported_model.hpp>

#include <cstdint>
#include <string>

namespace etch::host {

/// The CRC-32 of a model's outputs, one after the other, of four predictions from inputs that are drawn as
/// `selftest_text` draws them: what every core has to give. NaN counts as 0x7fc00000. States begin anew.
std::uint32_t known_answer(const ImportedModel& model);

/// `<name>_selftest.c`, C99 that C++ compiles too: `<name>_selftest` draws inputs, predicts four times and
/// compares the CRC-32. @name@ and @NAME@ stay. \param states whether the model keeps them; \param blob
/// whether the answer is that of the context's weights (weights_blob.hpp), which say it
std::string selftest_text(const FirmwareEnds& ends, bool states, std::uint32_t answer, bool blob);

}  // namespace etch::host
