// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "examples/gesture_lstm/gesture_model.hpp"

#include <runtime/kernels/portable/random.hpp>

#include <cstdint>
#include <vector>

namespace gesture_lstm {

/// Motion that is made, not measured: each sample a function of (seed, index), with Etch's own arithmetic, so
/// that every host makes the same bits.
struct Motions {
  std::vector<float> x;  ///< [samples, steps, axes], in g, without gravity
  std::vector<std::uint8_t> label;
};

/// What tells one sample of a gesture from another.
struct Manner {
  float size, pace, phase, start;
};

/// cos(2 pi turns) for any turns of at least 0.
inline float wave(float turns) {
  return etch::math::cos_two_pi(turns - static_cast<float>(static_cast<int>(turns)));
}

/// A bump of height 1 around `at`, `width` wide.
inline float bump(float t, float at, float width) {
  const float d = (t - at) / width;
  return etch::math::exp(-d * d);
}

/// What the three axes measure at time t from 0 to 1.
inline void measure(int gesture, const Manner& m, float t, float (&to)[axes]) {
  const float turns = m.phase + m.pace * t;
  to[0] = to[1] = to[2] = 0;
  switch (gesture) {
    case 1:  // shake: to and fro along x
      to[0] = m.size * wave(3 * turns);
      break;
    case 2:  // circle: x and y a quarter turn apart
      to[0] = m.size * wave(2 * turns);
      to[1] = m.size * wave(2 * turns + 0.25f);
      break;
    case 3:  // lift: z speeds up, then slows down
      to[2] = m.size * (bump(t, m.start, 0.12f) - bump(t, m.start + 0.35f, 0.12f));
      break;
    case 4:  // tap: two short knocks on z
      to[2] = -1.5f * m.size * (bump(t, m.start, 0.03f) + bump(t, m.start + 0.25f, 0.03f));
      break;
    default:
      break;
  }
}

inline Motions make_motions(int samples, std::uint32_t seed) {
  Motions made;
  for (int s = 0; s < samples; ++s) {
    const auto sample = static_cast<std::uint32_t>(s);
    const auto uniform = [&](std::uint32_t which) {
      return etch::random::uniform({seed, 0}, 0, sample, which);
    };
    const int gesture = s % classes;
    const Manner m{0.5f + uniform(0), 0.7f + 0.6f * uniform(1), uniform(2), 0.1f + 0.4f * uniform(3)};
    const float tilt[axes] = {0.4f * (uniform(4) - 0.5f), 0.4f * (uniform(5) - 0.5f),
                              0.4f * (uniform(6) - 0.5f)};
    for (int t = 0; t < steps; ++t) {
      float reading[axes];
      measure(gesture, m, static_cast<float>(t) / steps, reading);
      for (int a = 0; a < axes; ++a) {
        const auto element = static_cast<std::uint32_t>(t * axes + a);
        made.x.push_back(reading[a] + tilt[a] + 0.15f * etch::random::normal({seed, 1}, 0, sample, element));
      }
    }
    made.label.push_back(static_cast<std::uint8_t>(gesture));
  }
  return made;
}

}  // namespace gesture_lstm
