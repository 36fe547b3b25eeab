// EXPECT: threads<N> is from 1 to 32 threads; threads<1> is the one that calls, alone
// SPDX-License-Identifier: BSL-1.0
#include <etch/model/training/trainer.hpp>
#include <runtime/host/threads/threads.hpp>
using namespace etch;

inline constexpr auto net = sequential(Input{2}, Dense{3});

void train() { compile<net>(Adam{}, MeanSquaredError{}, hana::make_tuple(), batch<4>, threads<0>); }  // HERE
