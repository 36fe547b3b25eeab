// EXPECT: fit_in: this training needs more RAM: the number of bytes it is given, and the least that works
// NUMBERS: 3072 3488
// SPDX-License-Identifier: BSL-1.0
#include <etch/etch.hpp>
using namespace etch;

inline constexpr auto network =
    fit_in(3_KiB,  // HERE
           sequential(Input{6, 6, 2}, Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
                      Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
                      Conv2D{.filters = 2, .kernel_size = 3}, ReLU{}, Flatten{}, Dense{2}));

int main() { compile<network>(SGD{}, MeanSquaredError{}, hana::make_tuple(), batch<1>); }
