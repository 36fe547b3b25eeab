// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/stream.hpp>
#include <etch/model/training/training_code.hpp>

namespace gesture_lstm {

inline constexpr int axes = 3, steps = 32, classes = 5;
inline constexpr const char* names[classes] = {"rest", "shake", "circle", "lift", "tap"};

}  // namespace gesture_lstm

/// 32 readings of a 3-axis accelerometer to 5 gestures: desktop and device compile this same declaration. It
/// is trained on whole gestures, and streams one reading a call.
inline constexpr auto gestures =
    etch::sequential(etch::Input{gesture_lstm::steps, gesture_lstm::axes}, etch::LSTM{16},
                     etch::Dense{gesture_lstm::classes}, etch::Softmax{});

namespace gesture_lstm {

using Stream = etch::Stream<gestures>;
using State = etch::StreamState<gestures>;

static_assert(etch::numbers<gestures>().total == 4 * ((3 + 16) * 16 + 16) + (16 + 1) * 5);
static_assert(sizeof(State) == 2 * 16 * 4, "the LSTM's h and c: all that lasts from reading to reading");
static_assert(sizeof(Stream) <= 512, "scratch of one step, whatever the length of a gesture");

}  // namespace gesture_lstm
