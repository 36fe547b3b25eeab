// EXPECT: forward, loss and apply_gradients take a whole batch, and this training, by fit_in, runs in parts
// SPDX-License-Identifier: BSL-1.0
#include <etch/etch.hpp>
using namespace etch;

inline constexpr ScheduledStep by_one[]{{.samples = 1}};
inline constexpr auto network = fit_in(
    9_KiB, by_one, sequential(Input{8, 8, 2}, Conv2D{.filters = 8, .kernel_size = 3}, Flatten{}, Dense{2}));

int main() {
  auto model = compile<network>(SGD{}, MeanSquaredError{}, hana::make_tuple(), batch<4>);
  model.forward(4);  // HERE
}
