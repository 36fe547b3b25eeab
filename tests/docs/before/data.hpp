// SPDX-License-Identifier: BSL-1.0
// What docs/data.md's code takes for granted: a model.
#include <runtime/host/data/mnist.hpp>
inline constexpr auto network = sequential(Input{4}, Dense{3, softmax});
inline auto model = compile<network>(Adam{}, SparseCategoricalCrossentropy{});
