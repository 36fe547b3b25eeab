// SPDX-License-Identifier: BSL-1.0
// The network of the Keras article, declared three ways. The compiler checks that they are one graph.
#include <etch/etch.hpp>

#include <array>
#include <cstdio>

using namespace etch;

inline constexpr auto by_sequence =
    sequential(Input{28, 28}, Flatten{}, Dense{128}, BatchNormalization{}, ReLU{}, Dense{128},
               BatchNormalization{}, ReLU{}, Dense{10}, Softmax{});

inline constexpr auto by_adding = sequential(Input{28, 28}, Flatten{})
                                      .add(Dense{128})
                                      .add(BatchNormalization{})
                                      .add(ReLU{})
                                      .add(Dense{128})
                                      .add(BatchNormalization{})
                                      .add(ReLU{})
                                      .add(Dense{10})
                                      .add(Softmax{});

inline constexpr auto by_function = functional([](Builder& g) {
  Tensor x = Flatten{}(g.input({28, 28}));
  for (int units : {128, 128}) x = ReLU{}(BatchNormalization{}(Dense{units}(x)));
  return Softmax{}(Dense{10}(x));
});

/// The article's custom layer.
struct Block {
  Dense dense;
  BatchNormalization norm{};
  ReLU relu{};
  constexpr Tensor operator()(Tensor x) { return relu(norm(dense(x))); }
};
BOOST_HANA_ADAPT_STRUCT(Block, dense, norm, relu);

/// The article's custom model: an array of blocks, called in a loop.
struct Classifier {
  Flatten flatten{};
  std::array<Block, 2> hidden{Block{Dense{128}}, Block{Dense{128}}};
  Dense logits{10};
  Softmax softmax{};
  constexpr Tensor operator()(Tensor x) {
    x = flatten(x);
    for (Block& block : hidden) x = block(x);
    return softmax(logits(x));
  }
};
BOOST_HANA_ADAPT_STRUCT(Classifier, flatten, hidden, logits, softmax);

inline constexpr auto by_subclass = subclassed<Classifier>({28, 28});

static_assert(graph<by_sequence> == graph<by_adding>);
static_assert(graph<by_adding> == graph<by_function>);
static_assert(graph<by_function> == graph<by_subclass>);
static_assert(numbers<by_subclass>().total == 119'306);

int main() {
  summary<by_subclass>();
  const ModelNumbers n = numbers<by_subclass>();
  std::printf("the three ways are one graph: %d parameters, %d trainable, %d not, %lld MACs\n", n.total,
              n.trainable, n.non_trainable, n.macs);
}
