// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>

namespace etch::host::tflite {

/// The name of an operator in TensorFlow Lite's list, for messages too: `operator 200` where it is not known.
std::string operator_name(int code);

}  // namespace etch::host::tflite
