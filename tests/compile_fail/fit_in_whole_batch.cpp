// EXPECT: the result of the layer shown first decides, and that shown last takes a whole batch
// NUMBERS: 4096 8328
// SPDX-License-Identifier: BSL-1.0
#include <etch/etch.hpp>
using namespace etch;

inline constexpr auto network = fit_in(  // HERE
    4_KiB,
    sequential(Input{6, 6, 2}, Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
               Conv2D{.filters = 4, .kernel_size = 3}, BatchNormalization{}, ReLU{}, Flatten{}, Dense{2}));

int main() { compile<network>(SGD{}, MeanSquaredError{}, hana::make_tuple(), batch<4>); }
