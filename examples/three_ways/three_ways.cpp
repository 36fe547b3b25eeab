// SPDX-License-Identifier: BSL-1.0
// The network of the Keras article, declared three ways. The compiler checks that they are one graph.
#include "examples/three_ways/article.hpp"

#include <etch/etch.hpp>

#include <cstdio>

using namespace article;

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
