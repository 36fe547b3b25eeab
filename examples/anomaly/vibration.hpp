// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>
#include <runtime/kernels/portable/random.hpp>

#include <array>
#include <cstdint>
#include <span>

/// Made vibration: what an accelerometer on a machine would give, and what is made of it. All of it is a
/// function of numbers to the last bit, on a desktop and on a device.
namespace anomaly {

inline constexpr int samples = 128, bands = 16;

/// A machine turns, and shakes at multiples of that; something in it has a frequency of its own.
struct Machine {
  std::uint32_t id = 0;
  float turns = 0;                    ///< in a window of 128 samples
  std::array<float, 4> harmonic{};    ///< amplitudes at 1, 2, 3 and 4 times that
  float resonance = 0, resounds = 0;  ///< frequency (in a window) and amplitude
  float noise = 0;
};
inline constexpr Machine first_machine{1, 4.3f, {1, 0.4f, 0.2f, 0.1f}, 21, 0.3f, 0.15f};
inline constexpr Machine second_machine{2, 6.1f, {0.7f, 0.8f, 0.1f, 0.3f}, 27, 0.5f, 0.25f};

/// A worn bearing knocks at a high frequency, harder and softer as it turns.
inline constexpr float knocks = 41, knock_amplitude = 0.25f;

/// `periods` of a wave, from any of them on.
constexpr float wave(float periods) {
  const float whole_periods = static_cast<float>(static_cast<std::int32_t>(periods));
  return etch::math::cos_two_pi(periods - whole_periods);
}

/// Window `number` of a machine: speed, load and phases differ from window to window.
constexpr void record(const Machine& machine, bool worn, std::uint32_t number, std::span<float, samples> to) {
  const etch::random::Key key{machine.id, 0x414e4f4d};
  const auto draw = [&](std::uint32_t i) { return etch::random::uniform(key, number, 0, i); };
  const float turns = machine.turns * (0.95f + 0.1f * draw(0)), load = 0.7f + 0.6f * draw(1);
  for (int n = 0; n < samples; ++n) {
    const float t = static_cast<float>(n) * (1.0f / samples), shaft = turns * t + draw(2);
    float x = machine.noise * etch::random::normal(key, number, 1, static_cast<std::uint32_t>(n));
    for (std::size_t h = 0; h < machine.harmonic.size(); ++h) {
      const auto k = static_cast<std::uint32_t>(h);
      x += load * machine.harmonic[h] * wave(static_cast<float>(h + 1) * shaft + draw(3 + k));
    }
    x += machine.resounds * wave(machine.resonance * t + draw(8));
    if (worn) x += knock_amplitude * (1 + wave(shaft)) * wave(knocks * t + draw(9));
    to[static_cast<std::size_t>(n)] = x;
  }
}

inline constexpr auto cosines = [] {
  std::array<float, samples> table{};
  for (int i = 0; i < samples; ++i)
    table[static_cast<std::size_t>(i)] = etch::math::cos_two_pi(static_cast<float>(i) * (1.0f / samples));
  return table;
}();

/// The logarithm of the energy in 16 bands of 3 frequencies each: what the network sees.
constexpr void extract(std::span<const float, samples> x, std::span<float, bands> to) {
  for (int b = 0; b < bands; ++b) {
    float energy = 0;
    for (int f = 1 + 3 * b; f < 4 + 3 * b; ++f) {
      float re = 0, im = 0;
      for (int n = 0; n < samples; ++n) {
        const auto angle = static_cast<std::size_t>(f * n % samples);
        re += x[static_cast<std::size_t>(n)] * cosines[angle];
        im += x[static_cast<std::size_t>(n)] * cosines[(angle + samples / 4) % samples];
      }
      energy += re * re + im * im;
    }
    to[static_cast<std::size_t>(b)] = 0.2f * etch::math::log(1 + energy) - 0.6f;
  }
}

}  // namespace anomaly
