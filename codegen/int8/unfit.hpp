// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/error.hpp>

#include <cstdint>

namespace etch::host::int8 {

/// Real numbers that no step of whole numbers stands for. Recipes throw it; who knows the operator catches it
/// and says so in words of its own.
class Unfit : public Error {
 public:
  enum class Kind {
    scales,          ///< a factor between two scales is too large
    function_scale,  ///< so is the input's scale, for a function that is computed in whole numbers
    sum,             ///< of `count` products, which may not fit `most` bits
    average,         ///< of `count` numbers, where `most` have a sum that fits
    softmax,         ///< over `count` numbers, where `most` are supported
  };
  explicit Unfit(Kind kind, std::int64_t count = 0, std::int64_t most = 0)
      : Error("a step cannot be one of whole numbers"), kind(kind), count(count), most(most) {}

  Kind kind;
  std::int64_t count, most;
};

}  // namespace etch::host::int8
