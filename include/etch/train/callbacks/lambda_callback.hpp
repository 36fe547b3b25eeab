// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/hook.hpp>
#include <etch/train/logs.hpp>

namespace etch {

/// A callback made of functions: `LambdaCallback{.on_epoch_end = [&](int epoch, const Logs& logs) {...}}`.
struct LambdaCallback {
  Hook<void(int, Logs&)> on_epoch_begin{}, on_epoch_end{};
  Hook<void(Logs&)> on_train_begin{}, on_train_end{};
  Hook<void(int, Logs&)> on_train_batch_begin{}, on_train_batch_end{};
};

}  // namespace etch
