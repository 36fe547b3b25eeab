// SPDX-License-Identifier: BSL-1.0
// A declaration whose calls make tensors and layers in their arguments is the graph of the one that names
// them first, from left to right: inputs, weights, steps and names have the same order with every compiler.
#include <etch/model/declare/hash.hpp>
#include <etch/model/declare/model_notes.hpp>

using namespace etch;

namespace {

// Two inputs of a tower whose layers share their weights.
constexpr auto tower = sequential(Input{4}, Dense{3, relu}, Dense{2});
constexpr auto siamese = functional([](Builder& g) {
  auto shared = tower;
  return Concatenate{}(shared(g.input({4}, "left")), shared(g.input({4}, "right")));
});
constexpr auto siamese_named = functional([](Builder& g) {
  auto shared = tower;
  const Tensor left = shared(g.input({4}, "left"));
  const Tensor right = shared(g.input({4}, "right"));
  return Concatenate{}(left, right);
});
static_assert(graph<siamese> == graph<siamese_named>);
static_assert(notes<siamese>.name(0) == "left");
static_assert(structure_hash(graph<siamese>) == structure_hash(graph<siamese_named>));

// Layers with weights of different shapes, three in a call and calls in calls.
constexpr auto nested = functional([](Builder& g) {
  const Tensor x = g.input({4});
  return Add{}(Dense{2}(x), Subtract{}(Dense{2}(Dense{5}(x)), Dense{2}(Dense{6}(x))), Dense{2}(Dense{7}(x)));
});
constexpr auto nested_named = functional([](Builder& g) {
  const Tensor x = g.input({4});
  const Tensor a = Dense{2}(x);
  const Tensor b = Dense{2}(Dense{5}(x));
  const Tensor c = Dense{2}(Dense{6}(x));
  const Tensor d = Subtract{}(b, c);
  const Tensor e = Dense{2}(Dense{7}(x));
  return Add{}(a, d, e);
});
static_assert(graph<nested> == graph<nested_named>);
static_assert(graph<nested>.parameters[2].shape == Shape{4, 5});
static_assert(graph<nested>.parameters[6].shape == Shape{4, 6});
static_assert(graph<nested>.parameters[10].shape == Shape{4, 7});
static_assert(parameter_name<nested>(2) == parameter_name<nested_named>(2));
static_assert(structure_hash(graph<nested>) == 7287616821002105811u);

// What is named first is numbered first, wherever it stands in a call.
constexpr auto turned = functional([](Builder& g) {
  const Tensor x = g.input({4});
  const Tensor b = Dense{2}(Dense{5}(x));
  const Tensor a = Dense{2}(x);
  return Add{}(a, b);
});
static_assert(graph<turned>.parameters[0].shape == Shape{4, 5});

// A user's function, a tuple, braces, outputs and a model as a layer.
constexpr Tensor joined(Tensor a, const Tensor& b) { return Concatenate{}(a, b); }
constexpr auto inner = functional([](Builder& g) { return joined(g.input({2}), g.input({3})); });
constexpr auto ways = functional([](Builder& g) {
  const Tensor x = g.input({4});
  const auto tuple = hana::make_tuple(Dense{2}(x), Dense{3}(x));
  const Tensor braces[]{Dense{4}(x), Dense{5}(x)};
  auto model = inner;
  const Tensor y = model(tuple[hana::size_c<0>], tuple[hana::size_c<1>]);
  return outputs(joined(Dense{6}(x), Dense{7}(y)), joined(Dense{8}(braces[0]), Dense{9}(braces[1])));
});
constexpr bool kernels_widen() {
  for (int p = 0; p < graph<ways>.parameters.count; p += 2)
    if (graph<ways>.parameters[p].shape.last() != 2 + p / 2) return false;
  return graph<ways>.parameters.count == 16;
}
static_assert(kernels_widen());

// A subclassed model's.
struct TwoBranches {
  Dense first{3}, second{4};
  constexpr Tensor operator()(Tensor x) { return Concatenate{}(second(x), first(x)); }
};
constexpr auto branches = subclassed<TwoBranches>({4});
static_assert(graph<branches>.parameters[0].shape == Shape{4, 4});

}  // namespace
