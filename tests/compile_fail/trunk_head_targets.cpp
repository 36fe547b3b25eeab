// EXPECT: a head on a trunk learns classes: one output, one class a sample
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trunk_head.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{2});
using Model = Trainer<net, SGD, MeanSquaredError, hana::tuple<>, 1>;

float train(TrunkHead<Model>& head) {
  return head.train(1);  // HERE
}
