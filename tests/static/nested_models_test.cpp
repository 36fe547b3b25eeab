// SPDX-License-Identifier: BSL-1.0
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/training/training_code.hpp>

using namespace etch;

inline constexpr auto by_list = sequential(Input{8}, Dense{4}, ReLU{}, Dense{4}, ReLU{}, Dense{2});
inline constexpr auto in_loop = sequential(Input{8}, [](Stack& model) {
  for (int i = 0; i < 2; ++i) {
    model.add(Dense{4});
    model.add(ReLU{});
  }
  model.add(Dense{2});
});
static_assert(graph<by_list> == graph<in_loop>);

// A functional model as a layer: called twice it shares its weights, two copies do not.
inline constexpr auto tower = functional([](Builder& g) { return ReLU{}(Dense{4}(g.input({8}))); });
inline constexpr auto siamese = functional([](Builder& g) {
  auto shared = tower;
  Tensor a = g.input({8}), b = g.input({8});
  return Concatenate{}(shared(a), shared(b));
});
inline constexpr auto two_towers = functional([](Builder& g) {
  auto left = tower, right = tower;
  Tensor a = g.input({8}), b = g.input({8});
  return Concatenate{}(left(a), right(b));
});
static_assert(numbers<siamese>().total == 8 * 4 + 4);
static_assert(numbers<two_towers>().total == 2 * (8 * 4 + 4));

// Models nest, and a shared model shares what is inside it.
inline constexpr auto deeper = functional([](Builder& g) {
  auto inner = tower;
  return Dense{8}(inner(g.input({8})));
});
inline constexpr auto deep_siamese = functional([](Builder& g) {
  auto shared = deeper;
  Tensor x = g.input({8});
  return Add{}(shared(shared(x)), x);
});
static_assert(numbers<deep_siamese>().total == (8 * 4 + 4) + (4 * 8 + 8));

// A model of two inputs and two outputs as a layer.
inline constexpr auto pair = functional([](Builder& g) {
  Tensor a = g.input({3}), b = g.input({5});
  return outputs(Dense{2}(a), Dense{2}(b));
});
inline constexpr auto around = functional([](Builder& g) {
  auto both = pair;
  const auto made = both(g.input({3}), g.input({5}));
  return Add{}(made.tensor[0], made.tensor[1]);
});
static_assert(numbers<around>().total == (3 * 2 + 2) + (5 * 2 + 2));
