// EXPECT: a model is called on an input of another shape
// NUMBERS: 9 8
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
using namespace etch;

struct Encoder {
  Dense dense{4};
  constexpr Tensor operator()(Tensor x) { return dense(x); }
};
inline constexpr auto encoder = subclassed<Encoder>({8});  // HERE
inline constexpr auto wrong = functional([](Builder& g) {
  auto encode = encoder;
  return encode(g.input({9}));
});

static_assert(graph<wrong>.steps.count >= 0);
