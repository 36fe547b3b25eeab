// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/deploy.hpp>

/// A model declared in a header that two files include.
inline constexpr auto in_header = etch::sequential(etch::Input{3}, etch::Dense{2});

using PredictFunction = void (*)(const std::byte*, std::byte*, const void* const*, void* const*);
PredictFunction predict_of_the_other_file();
const void* program_of_the_other_file();
