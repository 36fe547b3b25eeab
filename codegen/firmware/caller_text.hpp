// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_ends.hpp>

#include <string>

namespace etch::host {

/// Fills in what a program has of its own to call a model: @BUFFERS@ is variables for states and for ends
/// that do not lie in the arena, @PASSED@ the ends as arguments after the context, @WEIGHTS@ and @STATES@
/// those of the model's init before and after the arena. C99 and C++11; @name@ and @NAME@ stay. \param states
/// whether the model keeps them; \param blob whether it is told its weights
std::string fill_in_caller(std::string text, const FirmwareEnds& ends, bool states, bool blob);

}  // namespace etch::host
