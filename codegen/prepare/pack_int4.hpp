// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>

namespace etch::host {

/// Stores the weights of convolutions and dense steps of int8 in 4 bits each (`kernels::int4_group`), where
/// all of a step's are -8 to 7 and take fewer bytes so. The results are the same bytes. No pass that reads or
/// chooses weights comes after it.
void pack_int4(ModelDraft& model);

/// Whether all numbers of these weights fit 4 bits.
bool fits_int4(const ConstantArray& weights);

/// Bytes that such a step's weights take in 4 bits each; rows and the last four filters are filled up.
std::int64_t int4_bytes(const kernels::Int8Convolution& c);

}  // namespace etch::host
