// EXPECT: fit_in: this schedule is of another training, or takes more RAM than it is given
// NUMBERS: 3500 0
// SPDX-License-Identifier: BSL-1.0
#include <etch/etch.hpp>
using namespace etch;

inline constexpr ScheduledStep schedule[]{{0}, {1}, {2}, {-1, 0}, {3}};
inline constexpr auto network =
    fit_in(3'500, schedule,  // HERE
           sequential(Input{6, 6, 2}, Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
                      Conv2D{.filters = 4, .kernel_size = 3, .padding = same}, ReLU{},
                      Conv2D{.filters = 2, .kernel_size = 3}, ReLU{}, Flatten{}, Dense{2}));

int main() { compile<network>(SGD{}, MeanSquaredError{}, hana::make_tuple(), batch<1>); }
