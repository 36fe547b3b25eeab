// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/integer_plan.hpp>
#include <etch/model/training/training_as_it_is.hpp>
#include <etch/train/optimizers/sgd.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <runtime/kernels/integer_convolution.hpp>
#include <runtime/kernels/portable/integer_pool.hpp>
#include <runtime/kernels/portable/integer_softmax.hpp>
#include <runtime/kernels/portable/random.hpp>
#include <span>

namespace etch {

/// Trains a declared model in whole numbers alone: weights, layers' results and errors are int8 with a power
/// of two as their unit, sums int32, and a step needs no float unit. After NITI (Wang, Rasoulinezhad, Leong
/// and Boland: Training Deep Neural Networks Using Integer-Only Arithmetic, 2020), with units of errors kept,
/// so that `learning_rate` means what it means for floats.
///
/// The model is a chain of `Dense` layers and convolutions with relu or nothing behind them, pools, and
/// softmax; the loss is sparse categorical cross-entropy. A step is one sample: what a weight is to change is
/// rounded stochastically, so that few rows of dense weights are touched at all, and a batch would save
/// nothing. The gradient of a convolution's weight is summed over all places before it is rounded.
///
/// Bits are those of the desktop on every core. Random numbers are a function of seed, step and place.
/// \tparam InputExponent the unit of inputs is 2^InputExponent: by default 127 stands for 0.99.
template <const auto& Declared, int InputExponent = -7>
class IntegerTrainer {
  using Training = detail::IntegerTraining<Declared>;
  static constexpr const auto& plan = Training::plan;
  static constexpr int layer_count = plan.chain.capacity;
  static constexpr const detail::IntegerLayer& last = plan.chain.item[layer_count - 1];
  static_assert(InputExponent >= -16 && InputExponent <= 8, "the unit of inputs is 2^-16 to 2^8");

 public:
  static constexpr const auto& declaration = Declared;
  static constexpr const char* optimizer_name = "integer_sgd";
  static constexpr bool sets_learning_rate = true;
  static constexpr int input_elements = plan.chain.item[0].inputs;
  static constexpr int classes = last.dense.out;
  static constexpr int input_bytes = detail::whole_words(input_elements);
  struct Code {
    static constexpr TrainingMemory memory{
        .weights = plan.weights, .arena = plan.numbers - input_bytes, .input = input_bytes};
  };

  /// All memory of the training.
  struct Storage {
    alignas(4) std::byte weights[plan.weights]{};
    /// Input, results of layers, then errors over them; behind what is needed yet, sums, from which they
    /// come.
    std::int32_t numbers[plan.numbers / 4]{};
  };

  constexpr explicit IntegerTrainer(Storage& storage, const SGD& optimizer = {}, std::uint32_t seed = 0)
      : storage_(&storage), seed_(seed) {
    if (optimizer.weight_decay != 0) fail("integer training knows no weight decay");
    learning_rate(optimizer.learning_rate);
  }

  /// Where a sample stands.
  std::span<std::int8_t> input() { return {numbers(), static_cast<std::size_t>(input_elements)}; }

  /// One step on the sample in `input()`. \return its cross-entropy before the step, in units of 2^-16.
  [[ETCH_OF_TARGET]] std::int32_t train(std::int32_t label) {
    std::int32_t loss = 0;
    if (const char* const fault = try_train(label, loss)) fail(fault);
    return loss;
  }
  /// The same for a device that must not stop. \return what is wrong, as a sentence, or null. Where something
  /// is wrong, no weight is changed.
  [[ETCH_OF_TARGET]] const char* try_train(std::int32_t label, std::int32_t& loss) {
    if (label < 0 || label >= classes)
      return "a label is out of range: labels are class indices from 0 to the number of outputs less one";
    ensure_ready();
    std::int32_t exponents[layer_count + 1];
    forward(exponents);
    loss = kernels::integer_softmax_of(classes, exponents[layer_count], label, sums_of(last));
    sums_of(last)[label] -= 1 << 15;
    backward(exponents);
    ++step_;
    return nullptr;
  }

  /// Probabilities of the sample in `input()`, in units of 2^-15. They stand until the next call.
  [[ETCH_OF_TARGET]] std::span<const std::int32_t> predict() {
    ensure_ready();
    std::int32_t exponents[layer_count + 1];
    forward(exponents);
    kernels::integer_softmax_of(classes, exponents[layer_count], -1, sums_of(last));
    return {sums_of(last), static_cast<std::size_t>(classes)};
  }

  /// Draws new weights, and begins at step 0.
  [[ETCH_OF_TARGET]] void initialize(std::uint32_t seed) {
    resume(seed, 0);
    for (const detail::IntegerLayer& layer : plan.chain) {
      for (std::int32_t j = 0; layer.has_weights() && j < layer.dense.out; ++j)
        for (std::int32_t i = 0; i < layer.in; ++i)
          weights_of(layer)[j * layer.dense.row + i] =
              first(layer.kernel_first, layer.parameter, i * layer.dense.out + j);
      for (std::int32_t j = 0; layer.bias && j < layer.dense.out; ++j)
        bias_of(layer)[j] = first(layer.bias_first, layer.parameter + 1, j);
    }
    for (int k = 0; k < layer_count; ++k)
      exponents()[k] = static_cast<std::int8_t>(plan.chain.item[k].exponent);
  }
  void ensure_ready() {
    if (!ready_) initialize(seed_);
  }
  /// Goes on from weights that stand in `weights()`.
  void resume(std::uint32_t seed, std::uint32_t step) {
    seed_ = seed;
    step_ = step;
    ready_ = true;
  }

  /// Rows of weights, biases and the units of layers: all that a training goes on from, beside step, seed and
  /// learning rate.
  std::span<std::byte> weights() { return storage_->weights; }
  std::span<std::byte> optimizer_state() { return {}; }
  std::uint32_t step() const { return step_; }
  /// A step is one call.
  static constexpr bool between_steps() { return true; }
  std::uint32_t seed() const { return seed_; }
  constexpr float learning_rate() const { return rate_; }
  /// 16 bits of it count.
  constexpr void learning_rate(LearningRate rate) {
    rate_ = rate;
    const auto bits = std::bit_cast<std::uint32_t>(rate_);
    const auto power = static_cast<std::int32_t>(bits >> 23);
    rate_factor_ = power == 0 ? 0 : static_cast<std::int32_t>(bits >> 8 & 0x7FFF) | 0x8000;
    rate_exponent_ = power - 127 - 15;
  }

 private:
  static constexpr random::Key key_of(std::uint32_t seed) { return {seed, 0x696e7431}; }

  std::int8_t* bytes() { return reinterpret_cast<std::int8_t*>(storage_->weights); }
  std::int8_t* weights_of(const detail::IntegerLayer& layer) { return bytes() + layer.weights_at; }
  std::int8_t* bias_of(const detail::IntegerLayer& layer) { return bytes() + layer.bias_at; }
  std::int8_t* exponents() { return bytes() + plan.exponents_at; }

  /// A value or a draw around it, which is a function of the seed, the weight and the element.
  std::int8_t first(const detail::IntegerFirst& from, std::int32_t parameter, std::int32_t element) const {
    const std::uint32_t drawn = from.reach == 0
                                    ? 0
                                    : random::below({seed_, 0}, 0, static_cast<std::uint32_t>(parameter),
                                                    static_cast<std::uint32_t>(element),
                                                    static_cast<std::uint32_t>(2 * from.reach + 1));
    const std::int32_t value = from.value - from.reach + static_cast<std::int32_t>(drawn);
    return static_cast<std::int8_t>(kernels::limited(value, 127));
  }

  static constexpr bool has_convolutions = plan.sizes.convolutions > 0;
  static constexpr bool has_max_pools = plan.sizes.max_pools > 0,
                        has_average_pools = plan.sizes.average_pools > 0;

  std::int8_t* numbers() { return reinterpret_cast<std::int8_t*>(storage_->numbers); }
  std::int8_t* input_of(const detail::IntegerLayer& layer) { return numbers() + layer.input_at; }
  std::int8_t* result_of(const detail::IntegerLayer& layer) { return numbers() + layer.result_at; }
  /// Of a layer's results, before these stand there.
  std::int32_t* sums_of(const detail::IntegerLayer& layer) { return storage_->numbers + layer.result_at / 4; }
  /// Of the errors of its input.
  std::int32_t* error_sums_of(const detail::IntegerLayer& layer) {
    return storage_->numbers + layer.errors_end() / 4;
  }

  /// Leaves the sums of a layer's results. \return false for maxima, which stand there themselves.
  [[ETCH_OF_TARGET]] bool sum_up(const detail::IntegerLayer& layer, std::int32_t input_exponent) {
    const std::int8_t* const x = input_of(layer);
    std::int32_t* const sums = sums_of(layer);
    if constexpr (has_max_pools)
      if (layer.kind == detail::IntegerKind::max_pool) {
        kernels::integer_max_forward(plan.pools.item[layer.windows], x, result_of(layer));
        return false;
      }
    if constexpr (has_average_pools)
      if (layer.kind == detail::IntegerKind::average_pool) {
        kernels::integer_average_forward(plan.pools.item[layer.windows], x, sums);
        return true;
      }
    const std::int32_t row = layer.dense.out;
    if (layer.bias)
      kernels::begin_with(bias_of(layer), row, -input_exponent, sums);  // it has the unit of weights
    else
      for (std::int32_t j = 0; j < row; ++j) sums[j] = 0;
    for (std::int32_t j = row; j < layer.results; ++j) sums[j] = sums[j - row];
    if constexpr (has_convolutions)
      if (layer.kind == detail::IntegerKind::convolution) {
        kernels::integer_convolution_forward(plan.convolutions.item[layer.windows], x, weights_of(layer),
                                             reinterpret_cast<std::int8_t*>(sums + layer.results), sums);
        return true;
      }
    kernels::integer_kernels::integer_forward(layer.dense, x, weights_of(layer), sums);
    return true;
  }

  /// Leaves the sums of the last layer. \param exponents gets the unit of each layer's input, then of these.
  [[ETCH_OF_TARGET]] void forward(std::int32_t* exponents) {
    exponents[0] = InputExponent;
    for (int k = 0; k < layer_count; ++k) {
      const detail::IntegerLayer& layer = plan.chain.item[k];
      const bool sums = sum_up(layer, exponents[k]);
      exponents[k + 1] = exponents[k] + this->exponents()[k];
      if (k == layer_count - 1) return;
      if (sums) {
        const std::int32_t shift =
            layer.relu ? kernels::narrow<true>(layer.results, sums_of(layer), result_of(layer))
                       : kernels::narrow<false>(layer.results, sums_of(layer), result_of(layer));
        exponents[k + 1] = shift < 0 ? InputExponent : exponents[k + 1] + shift;
      }
      for (std::int32_t i = layer.results; i % 4 != 0; ++i) result_of(layer)[i] = 0;
    }
  }

  bool is_convolution(const detail::IntegerLayer& layer) const {
    return has_convolutions && layer.kind == detail::IntegerKind::convolution;
  }

  /// Leaves the sums of the errors of a layer's input: of a convolution in `halves`, without those that relu
  /// before it stops.
  [[ETCH_OF_TARGET]] void input_gradient(int k, kernels::Halves& halves) {
    const detail::IntegerLayer& layer = plan.chain.item[k];
    const std::int8_t* const e = result_of(layer);
    std::int32_t* const sums = error_sums_of(layer);
    if constexpr (has_max_pools)
      if (layer.kind == detail::IntegerKind::max_pool)
        return kernels::integer_max_gradient(plan.pools.item[layer.windows], input_of(layer), e, sums);
    if constexpr (has_average_pools)
      if (layer.kind == detail::IntegerKind::average_pool)
        return kernels::integer_average_gradient(plan.pools.item[layer.windows], e, sums);
    if constexpr (has_convolutions)
      if (is_convolution(layer)) {
        halves = kernels::integer_convolution_input_gradient(
            plan.convolutions.item[layer.windows], e, weights_of(layer),
            plan.chain.item[k - 1].relu ? input_of(layer) : nullptr, reinterpret_cast<std::int8_t*>(sums));
        return;
      }
    kernels::integer_kernels::integer_input_gradient(layer.dense, e, weights_of(layer), sums);
  }

  /// Writes the errors of a layer's input over it. \return as `kernels::narrow`
  [[ETCH_OF_TARGET]] std::int32_t narrow_errors(int k, const kernels::Halves& halves) {
    const detail::IntegerLayer& layer = plan.chain.item[k];
    std::int8_t* const x = input_of(layer);
    if constexpr (has_convolutions)
      if (is_convolution(layer)) return halves.narrow(x);
    std::int32_t* const sums = error_sums_of(layer);
    if (plan.chain.item[k - 1].relu)
      for (std::int32_t i = 0; i < layer.inputs; ++i)
        if (x[i] == 0) sums[i] = 0;
    return kernels::narrow<false>(layer.inputs, sums, x);
  }

  /// From the errors of the last layer, which stand as sums of unit 2^-15, to the weights of the first.
  [[ETCH_OF_TARGET]] void backward(const std::int32_t* exponents) {
    std::int32_t shift = kernels::narrow<false>(classes, sums_of(last), result_of(last));
    std::int32_t exponent = shift - 15;
    for (int k = layer_count - 1; shift >= 0; --k) {
      kernels::Halves halves(nullptr);
      if (k > plan.first_trained) input_gradient(k, halves);
      if (plan.chain.item[k].has_weights()) update(k, exponents[k], exponent);
      if (k == plan.first_trained) return;
      shift = narrow_errors(k, halves);
      exponent += this->exponents()[k] + shift;
    }
  }

  [[ETCH_OF_TARGET]] void update(int k, std::int32_t input_exponent, std::int32_t error_exponent) {
    const detail::IntegerLayer& layer = plan.chain.item[k];
    const std::int32_t bias_shift = exponents()[k] - error_exponent - rate_exponent_;
    const kernels::RoundingWords words{random::bits(key_of(seed_), step_, static_cast<std::uint32_t>(k), 0)};
    if constexpr (has_convolutions)
      if (layer.kind == detail::IntegerKind::convolution)
        return update_convolution(layer, bias_shift, input_exponent, words);
    update_rows(layer, bias_shift, input_exponent, words);
  }

  /// Weights lose learning rate times their gradient, rounded stochastically.
  [[ETCH_OF_TARGET]] void update_convolution(const detail::IntegerLayer& layer, std::int32_t bias_shift,
                                             std::int32_t input_exponent, kernels::RoundingWords words) {
    const kernels::Convolution& c = plan.convolutions.item[layer.windows];
    const bool first = &layer == &plan.chain.item[plan.first_trained];
    std::int8_t* const scratch = numbers() + layer.errors_end() + (first ? 0 : kernels::integer_halves(c));
    if (layer.bias)
      kernels::integer_convolution_bias(c, {rate_factor_, bias_shift}, result_of(layer),
                                        {random::detail::mix(words.state)}, bias_of(layer));
    kernels::integer_convolution_update(c, {rate_factor_, bias_shift - input_exponent}, input_of(layer),
                                        result_of(layer), words, scratch, weights_of(layer));
  }

  /// Rows of weights lose learning rate times error times input: a whole number of times 2^-7 of the input,
  /// to which the error's part is rounded stochastically, and most often is 0.
  [[ETCH_OF_TARGET, gnu::noinline]] void update_rows(const detail::IntegerLayer& layer,
                                                     std::int32_t bias_shift, std::int32_t input_exponent,
                                                     kernels::RoundingWords words) {
    const std::int8_t *const x = input_of(layer), *e = result_of(layer);
    if (layer.bias)
      kernels::integer_bias_update(layer.dense.out, rate_factor_, kernels::RoundedShift(bias_shift), e, words,
                                   bias_of(layer));
    const kernels::RoundedShift of_row(bias_shift - input_exponent - kernels::integer_update_bits);
    const std::int32_t factor = rate_factor_, bytes = layer.dense.row;
    std::int8_t* row = weights_of(layer);
    const std::int8_t* const end = e + layer.dense.out;
    do {
      if (const std::int32_t n = of_row(*e * factor, words.next()); n != 0)
        kernels::integer_kernels::integer_update(bytes, kernels::limited(n, 127), x,
                                                 {random::detail::mix(words.state)}, row);
      row += bytes;
    } while (++e != end);
  }

  Storage* storage_;
  std::uint32_t seed_ = 0, step_ = 0;
  float rate_ = 0;
  std::int32_t rate_factor_ = 0, rate_exponent_ = 0;
  bool ready_ = false;
};

}  // namespace etch
