// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// How far long work is. \param done of what takes `of` at most.
using ProgressReport = std::function<void(const char* what, int done, int of)>;

/// How the ranges of activations are found from samples.
enum class Calibration {
  min_max,      ///< all that was seen fits
  percentile,   ///< a share of the numbers fits; outliers are clipped
  least_error,  ///< of several ranges of each value those that change the model's outputs the least
};

struct QuantizeOptions {
  /// What activations become: int8, or int16 beside weights that stay int8 (16x8).
  ElementType activations = ElementType::i8;
  Calibration calibration = Calibration::least_error;
  double percentile = 99.99;  ///< how many of a value's numbers in a hundred its range holds
  int search_samples = 64;    ///< how many of the samples `least_error` compares outputs of
  bool real_ends = false;     ///< inputs and outputs stay real numbers
  /// Sigmoid, tanh, hard swish and leaky ReLU of int8 as TensorFlow Lite computes them, in integers, for
  /// models that become `.tflite`; else they are rounded once.
  bool tflite_functions = false;
  ProgressReport progress{};  ///< called now and then, if given
};

/// How well a layer's results are stored, by what the samples gave of them and of all that has the same
/// scale.
struct StoredNumbers {
  static constexpr int bins = 24;
  std::array<std::uint64_t, bins> histogram{};  ///< how many numbers lie in each of equal parts of `seen`
  Range seen, held;                             ///< what the samples gave, and what the quantization holds
  double clipped = 0;                           ///< the share of them that lies beyond `held`
  double rounding = 0;  ///< the error that storing makes, root mean square: rounding and clipping
  double finest = 0;    ///< the same with the range that errs least; a function's own range is kept
  double wide = 0;      ///< the same as int16, of all that was seen
};

/// How far a layer's results lie from those of the real model, over all samples.
struct LayerError {
  std::string name, kind;
  bool quantized = true;                  ///< false: the step has no form of whole numbers and stays real
  ElementType type = ElementType::i8;     ///< of its results where it is quantized
  double largest = 0;                     ///< error, absolute
  double rms = 0;                         ///< error, root mean square
  double sqnr = 0;                        ///< signal to quantization noise, in dB
  std::optional<StoredNumbers> stored{};  ///< where it is quantized
};
struct QuantizationReport {
  std::vector<LayerError> layers;
};
/// As a table, with a line below each layer that tells where its error comes from.
std::string text_of(const QuantizationReport& report);

/// Makes an int8 model of a real one in TensorFlow Lite's scheme: weights symmetric with a scale a filter,
/// 32-bit biases, activations asymmetric, ReLU as bounds; or one of 16x8: activations of int16, symmetric,
/// and 64-bit biases. Steps without such a form stay real between Dequantize and Quantize. Values with a
/// `range` keep it. \param samples of each input, all samples one after another, as the model takes them.
/// \param report if given, filled by running the samples through both models. Steps that keep states take the
/// samples as one sequence. Throws `Error` for models that are quantized already, and for samples of another
/// length.
ImportedModel quantize(const ImportedModel& model, std::span<const std::span<const float>> samples,
                       const QuantizeOptions& options = {}, QuantizationReport* report = nullptr);

/// The same for a model of one input.
ImportedModel quantize(const ImportedModel& model, std::span<const float> samples,
                       const QuantizeOptions& options = {}, QuantizationReport* report = nullptr);

}  // namespace etch::host
