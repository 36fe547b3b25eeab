// SPDX-License-Identifier: BSL-1.0
// What docs/losses_and_metrics.md's code takes for granted: a network.
inline constexpr auto net = sequential(Input{4}, Dense{3});
