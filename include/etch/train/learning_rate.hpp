// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

namespace etch {

/// An optimizer's learning rate: a float that is finite and at least 0. Another number is an error where it
/// is given: of the build where it is a constant, else of the program.
class LearningRate {
 public:
  constexpr LearningRate(float rate) : rate_(rate) {
    if (!(rate >= 0) || rate - rate != 0) fail("learning_rate is a finite number of at least 0");
  }
  constexpr operator float() const { return rate_; }

 private:
  float rate_;
};

}  // namespace etch
