// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/calibrate.hpp>
#include <codegen/quantize/quantize.hpp>

namespace etch::host::quantization {

/// Counts what storing the numbers of a layer does to them.
class StoredCounter {
 public:
  /// \param seen of all that has the scale. \param fixed whether the layer's function decides how it is
  /// stored.
  StoredCounter(const Histogram& seen, const Quantization& q, ElementType type, bool fixed);
  void add(std::span<const float> numbers);
  /// Nothing where there were no numbers.
  std::optional<StoredNumbers> counted() const;

 private:
  /// A way to store numbers, and the squares of what it does to them.
  struct Storage {
    Storage(const Quantization& q, ElementType type);
    void add(float x);
    double rms(std::uint64_t count) const;
    Quantization q;
    double step = 0;  ///< the real number of one
    Range range;
    double noise = 0;
  };

  Histogram all_;  // of this layer alone, within the range of all
  Range own_;
  std::uint64_t count_ = 0, beyond_ = 0;
  Storage now_, finest_, wide_;
};

/// A line: the range that was seen with how often its parts were, a logarithm; what is held; what that costs.
std::string text_of(const StoredNumbers& stored, ElementType type);

}  // namespace etch::host::quantization
