// EXPECT: a callback's hook takes other arguments than fit gives
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{4}, Dense{2});
struct Wrong {
  void on_epoch_end(int) {}
};

void train(const Dataset& data) {
  auto model = compile<net>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<4>);
  Wrong wrong;
  model.fit(data, {}, wrong);  // HERE
}
