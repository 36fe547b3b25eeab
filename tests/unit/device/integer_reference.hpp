// SPDX-License-Identifier: BSL-1.0
// Integer training written out in another way: layers as lists of which weight meets which input, sums of 64
// bits, and rounding by doubles.
#pragma once
#include <catch2/catch.hpp>
#include <etch/model/training/integer_trainer.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace integer_reference {

using namespace etch;

enum class Kind { dense, convolution, max, average };

/// A weight of a row, or a tap of a window, and the input that it meets.
struct Meeting {
  int weight, input;
};

/// One layer as rows of whole numbers that stand for value * 2^exponent, and what each row meets at each
/// place.
struct Layer {
  Kind kind;
  int in, out;  ///< numbers of a row, and rows
  bool bias, relu;
  std::vector<std::vector<Meeting>> places;
  int inputs;
  std::vector<std::vector<int>> w{};
  std::vector<int> b{};
  int exponent = 0;
};

inline Layer dense(int in, int out, bool bias, bool relu) {
  Layer l{Kind::dense, in, out, bias, relu, {{}}, in};
  for (int i = 0; i < in; ++i) l.places[0].push_back({i, i});
  return l;
}

struct Extents {
  int height, width, channels;
};
/// Places of windows over all channels, in the order of the taps. Nothing lies beyond the edges.
inline std::vector<std::vector<Meeting>> places_of(Extents x, Extents y, Extents size, Extents stride,
                                                   Extents pad) {
  std::vector<std::vector<Meeting>> all;
  for (int oy = 0; oy < y.height; ++oy)
    for (int ox = 0; ox < y.width; ++ox) {
      all.emplace_back();
      for (int t = 0; t < size.height * size.width * x.channels; ++t) {
        const int iy = oy * stride.height - pad.height + t / x.channels / size.width;
        const int ix = ox * stride.width - pad.width + t / x.channels % size.width;
        if (iy < 0 || ix < 0 || iy >= x.height || ix >= x.width) continue;
        all.back().push_back({t, (iy * x.width + ix) * x.channels + t % x.channels});
      }
    }
  return all;
}

/// A pool has a row a channel, of which each channel meets its own inputs.
inline Layer pool(Kind kind, Extents x, const std::vector<std::vector<Meeting>>& places) {
  return {kind, 0, x.channels, false, false, places, x.height * x.width * x.channels};
}
inline Layer convolution(Extents x, int filters, int taps, bool bias, bool relu,
                         const std::vector<std::vector<Meeting>>& places) {
  return {Kind::convolution, taps * x.channels, filters, bias, relu, places, x.height * x.width * x.channels};
}

inline int floor_half(std::int64_t x, int shift) {  // x / 2^shift, rounded half up
  return static_cast<int>(std::floor(std::ldexp(static_cast<double>(x), -shift) + (shift > 0 ? 0.5 : 0.0)));
}
inline int to_bytes(const std::vector<std::int64_t>& sums, std::vector<int>& bytes) {
  int shift = 0;
  const auto beyond = [&] {
    return std::ranges::any_of(sums, [&](std::int64_t s) { return floor_half(std::abs(s), shift) > 127; });
  };
  while (beyond()) ++shift;
  bytes.clear();
  for (const std::int64_t s : sums) bytes.push_back(floor_half(s, shift));
  return shift;
}
inline int within(double x, int low, int high) {
  return static_cast<int>(std::clamp<double>(std::floor(x), low, high));
}

struct Reference {
  std::vector<Layer> layers;
  std::uint32_t seed, step = 0;
  double rate;

  void train(std::vector<int> x, int label) {
    std::vector<std::vector<int>> inputs;
    std::vector<int> units{-7};
    std::vector<std::int32_t> last;
    for (std::size_t k = 0; k < layers.size(); ++k) {
      const Layer& l = layers[k];
      inputs.push_back(x);
      const std::vector<std::int64_t> sums = results(l, x, units[k]);
      const int unit = units[k] + l.exponent;
      if (k + 1 == layers.size()) {
        last.assign(sums.begin(), sums.end());
        units.push_back(unit);
      } else {
        const bool nothing = std::ranges::all_of(sums, [](std::int64_t s) { return s == 0; });
        const int shift = l.kind == Kind::max ? 0 : to_bytes(sums, x);
        if (l.kind == Kind::max) x.assign(sums.begin(), sums.end());
        units.push_back(nothing && l.kind != Kind::max ? -7 : unit + shift);
      }
    }
    kernels::integer_softmax_of(static_cast<int>(last.size()), units.back(), label, last.data());
    last[static_cast<std::size_t>(label)] -= 32768;
    std::vector<std::int64_t> sums(last.begin(), last.end());
    int unit = -15;
    for (std::size_t k = layers.size(); k-- > 0;) {
      if (std::ranges::all_of(sums, [](std::int64_t s) { return s == 0; })) break;
      Layer& l = layers[k];
      std::vector<int> e;
      unit += to_bytes(sums, e);
      sums = input_errors(l, inputs[k], e);
      for (std::size_t i = 0; i < sums.size(); ++i)
        if (k > 0 && layers[k - 1].relu && inputs[k][i] <= 0) sums[i] = 0;
      if (l.kind == Kind::dense) update(k, inputs[k], units[k], e, unit);
      if (l.kind == Kind::convolution) update_filters(k, inputs[k], units[k], e, unit);
      unit += l.exponent;
    }
    ++step;
  }

  static int part_of(const std::vector<Meeting>& place, int channels) {  // of a mean, in units of 2^-15
    const auto taps = static_cast<double>(place.size()) / channels;
    return static_cast<int>(std::floor(32768 / taps + 0.5));
  }
  static std::vector<std::int64_t> results(const Layer& l, const std::vector<int>& x, int unit) {
    std::vector<std::int64_t> sums;
    for (const auto& place : l.places)
      for (int j = 0; j < l.out; ++j) {
        const auto u = static_cast<std::size_t>(j);
        std::int64_t sum = l.kind == Kind::max ? -128
                           : l.bias ? static_cast<std::int64_t>(std::floor(std::ldexp(l.b[u], -unit)))
                                    : 0;
        for (const auto [t, i] : place) {
          const int at = x[static_cast<std::size_t>(i)];
          if (l.kind < Kind::max) sum += l.w[u][static_cast<std::size_t>(t)] * at;
          if (l.kind == Kind::max && i % l.out == j) sum = std::max<std::int64_t>(sum, at);
          if (l.kind == Kind::average && i % l.out == j) sum += at * part_of(place, l.out);
        }
        sums.push_back(l.relu ? std::max<std::int64_t>(sum, 0) : sum);
      }
    return sums;
  }
  static std::vector<std::int64_t> input_errors(const Layer& l, const std::vector<int>& x,
                                                const std::vector<int>& e) {
    std::vector<std::int64_t> sums(static_cast<std::size_t>(l.inputs), 0);
    std::size_t at = 0;
    for (const auto& place : l.places)
      for (int j = 0; j < l.out; ++j, ++at) {
        int largest = -1;
        for (const auto [t, i] : place) {
          const auto u = static_cast<std::size_t>(i);
          if (l.kind < Kind::max)
            sums[u] += l.w[static_cast<std::size_t>(j)][static_cast<std::size_t>(t)] * e[at];
          if (l.kind < Kind::max || i % l.out != j) continue;
          if (l.kind == Kind::average) sums[u] += e[at] * part_of(place, l.out);
          if (largest < 0 || x[u] > x[static_cast<std::size_t>(largest)]) largest = i;
        }
        if (l.kind == Kind::max) sums[static_cast<std::size_t>(largest)] += e[at];
      }
    return sums;
  }

  /// A gradient times the rate, of units of 2^-shift, of which the last 17 bits are rounded half up where
  /// there are more than 21, and random bits of 2^-30.
  double rounded(std::int64_t gradient, int unit, std::uint32_t word) const {
    int power = 0;
    const double factor = std::ldexp(std::frexp(rate, &power), 16);
    double change = static_cast<double>(gradient) * factor, shift = 16 - power - unit;
    if (shift > 21) change = std::floor(std::ldexp(change, -17) + 0.5), shift -= 17;
    const double units =
        std::floor(std::ldexp(std::clamp(change, -0x1p46, 0x1p46), 30 - static_cast<int>(shift)));
    return std::floor(std::ldexp(units + static_cast<double>(word >> 2), -30));
  }

  void update_filters(std::size_t k, const std::vector<int>& x, int x_unit, const std::vector<int>& e,
                      int e_unit) {
    Layer& l = layers[k];
    const int unit = e_unit - l.exponent;
    std::uint32_t state = random::bits({seed, 0x696e7431}, step, static_cast<std::uint32_t>(k), 0);
    std::uint32_t of_bias = random::detail::mix(state);
    std::vector<std::vector<std::int64_t>> gradient(
        l.w.size(), std::vector<std::int64_t>(static_cast<std::size_t>(l.in), 0));
    std::size_t at = 0;
    std::vector<std::int64_t> of_biases(l.w.size(), 0);
    for (const auto& place : l.places)
      for (std::size_t j = 0; j < l.w.size(); ++j, ++at) {
        of_biases[j] += e[at];
        for (const auto [t, i] : place)
          gradient[j][static_cast<std::size_t>(t)] += e[at] * x[static_cast<std::size_t>(i)];
      }
    for (std::size_t j = 0; j < l.b.size(); ++j)
      l.b[j] = within(l.b[j] - rounded(of_biases[j], unit, next(of_bias)), -127, 127);
    for (std::size_t first = 0; first < l.w.size(); first += 16)  // filters that are changed at once
      for (std::size_t t = 0; t < gradient[0].size(); ++t)
        for (std::size_t j = first; j < std::min(first + 16, l.w.size()); ++j)
          l.w[j][t] = within(l.w[j][t] - rounded(gradient[j][t], unit + x_unit, next(state)), -128, 127);
  }
  static std::uint32_t next(std::uint32_t& s) {
    s = s * 1664525u + 1013904223u;
    return s ^ (s >> 16);
  }

  void update(std::size_t k, const std::vector<int>& x, int x_unit, const std::vector<int>& e, int e_unit) {
    Layer& l = layers[k];
    std::uint32_t state = random::bits({seed, 0x696e7431}, step, static_cast<std::uint32_t>(k), 0);
    for (std::size_t j = 0; j < e.size(); ++j) {
      const std::uint32_t word = next(state);
      // By rate: what the error asks for, in units of weights; up to a unit is added before it is cut.
      const double change = e[j] * rate * std::ldexp(1.0, e_unit - l.exponent);
      const double up = std::ldexp(static_cast<double>(word >> 2), -30);
      const int n =
          static_cast<int>(std::clamp(std::floor(std::ldexp(change, x_unit + 7) + up), -127.0, 127.0));
      std::uint32_t of_row = random::detail::mix(state), four = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (i % 4 == 0) four = next(of_row);
        const int r = static_cast<int>(four >> (8 * (i % 4)) & 127);
        if (n != 0) l.w[j][i] = within((l.w[j][i] * 128 + r - n * x[i]) / 128.0, -128, 127);
      }
      if (l.bias) l.b[j] = within(l.b[j] - std::floor(change + up), -127, 127);
    }
  }
};

template <class Trainer>
Reference reference_of(Trainer& trainer, std::vector<Layer> layers, double rate) {
  trainer.ensure_ready();
  const auto* at = reinterpret_cast<const std::int8_t*>(trainer.weights().data());
  const auto whole = [](int n) { return (n + 3) / 4 * 4; };
  for (Layer& l : layers) {
    for (int j = 0; l.in > 0 && j < l.out; ++j, at += whole(l.in)) l.w.emplace_back(at, at + l.in);
    if (l.bias) l.b.assign(at, at + l.out), at += whole(l.out);
  }
  for (Layer& l : layers) l.exponent = *at++;
  return {layers, trainer.seed(), trainer.step(), rate};
}

template <class Trainer>
void check_steps(std::vector<Layer> layers, float rate, int steps) {
  static typename Trainer::Storage storage;
  storage = {};
  Trainer trainer(storage, SGD{.learning_rate = rate}, 11);
  trainer.initialize(11);
  Reference reference = reference_of(trainer, layers, rate);
  for (int s = 0; s < steps; ++s) {
    std::vector<int> x;
    for (std::size_t i = 0; i < trainer.input().size(); ++i) {
      const std::uint32_t at =
          random::bits({4, 4}, static_cast<std::uint32_t>(s), 0, static_cast<std::uint32_t>(i));
      x.push_back(s == 3 ? 0 : s == 4 ? -128 : static_cast<int>(at % 256) - 128);
      trainer.input()[i] = static_cast<std::int8_t>(x.back());
    }
    const int label = s % Trainer::classes;
    trainer.train(label);
    reference.train(x, label);
    const Reference got = reference_of(trainer, layers, rate);
    for (std::size_t k = 0; k < layers.size(); ++k) {
      INFO("step " << s << ", layer " << k);
      REQUIRE(got.layers[k].w == reference.layers[k].w);
      REQUIRE(got.layers[k].b == reference.layers[k].b);
    }
  }
}

}  // namespace integer_reference
