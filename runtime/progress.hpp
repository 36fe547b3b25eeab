// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <span>

namespace etch {

/// A number that training reports, by its Keras name.
struct Reported {
  const char* name;
  float value;
};

/// Where `fit` tells how far it is. Silent by default; desktop programs get a bar from the host library.
class Progress {
 public:
  virtual void begin(int epochs, int steps) { (void)epochs, (void)steps; }
  virtual void begin_epoch(int epoch) { (void)epoch; }
  virtual void step(int done, std::span<const Reported> values) { (void)done, (void)values; }
  virtual void end_epoch(std::span<const Reported> values) { (void)values; }

 protected:
  ~Progress() = default;
};

}  // namespace etch
