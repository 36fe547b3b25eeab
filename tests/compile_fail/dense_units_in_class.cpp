// EXPECT: Dense needs at least one unit
// NUMBERS: -3 1
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

struct Block {
  Dense dense{-3};
  BatchNormalization norm{};
  constexpr Tensor operator()(Tensor x) { return norm(dense(x)); }
};
inline constexpr auto wrong = subclassed<Block>({4});  // HERE: a default member is made where its object is

static_assert(graph<wrong>.steps.count >= 0);
