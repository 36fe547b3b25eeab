// SPDX-License-Identifier: BSL-1.0
#include "one_copy.hpp"

PredictFunction predict_of_the_other_file() { return etch::Deployment<in_header>::predict; }
const void* program_of_the_other_file() { return &etch::Deployment<in_header>::program; }
