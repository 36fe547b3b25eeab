// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

#include <array>

/// The network of the Keras article, declared three ways: Sequential from a list and with `add`, Functional,
/// subclassed.
namespace article {

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

}  // namespace article

// Members get their names in summaries and weight files: hidden/0/dense.
BOOST_HANA_ADAPT_STRUCT(article::Block, dense, norm, relu);
BOOST_HANA_ADAPT_STRUCT(article::Classifier, flatten, hidden, logits, softmax);

namespace article {

inline constexpr auto by_subclass = subclassed<Classifier>({28, 28});

}  // namespace article
