// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/integer_trainer.hpp>
#include <etch/model/training/state.hpp>

#include <array>
#include <cstring>

namespace etch {

/// All that the next step of an integer training depends on, as tensors that are made when asked for: step,
/// seed, learning rate and the units of layers, then weights as they lie: kernels of [units, bytes of a row].
template <class Trainer>
class IntegerState {
 public:
  static constexpr int positions = 4;
  static constexpr int size_of_all = positions + graph<Trainer::declaration>.parameters.count;

  explicit IntegerState(Trainer& trainer)
      : weights_(trainer.weights().data()),
        position_{std::bit_cast<std::int32_t>(trainer.step()), std::bit_cast<std::int32_t>(trainer.seed()),
                  std::bit_cast<std::int32_t>(trainer.learning_rate())} {}

  std::size_t size() const { return static_cast<std::size_t>(size_of_all); }
  TensorEntry operator[](std::size_t i) const {
    const Row& row = rows[i];
    const std::span<const int> shape(row.extent, static_cast<std::size_t>(row.rank));
    if (i < 3) return {row.name, i == 2 ? "F32" : "I32", shape, std::as_bytes(std::span(&position_[i], 1))};
    return {row.name, "I8", shape, {weights_ + row.offset, row.elements()}};
  }

  /// The bytes of tensor `i` among the weights, from the units of layers on.
  static std::span<std::byte> place(Trainer& trainer, std::size_t i) {
    return trainer.weights().subspan(static_cast<std::size_t>(rows[i].offset), rows[i].elements());
  }

 private:
  struct Row {
    std::string_view name;
    int extent[2] = {1, 1};
    int rank = 1, offset = 0;

    constexpr std::size_t elements() const { return static_cast<std::size_t>(extent[0] * extent[1]); }
  };
  static constexpr std::array<Row, static_cast<std::size_t>(size_of_all)> rows = [] {
    constexpr const auto& plan = detail::IntegerTraining<Trainer::declaration>::plan;
    std::array<Row, static_cast<std::size_t>(size_of_all)> all{
        Row{"training/step"}, Row{"training/seed"}, Row{"training/learning_rate"},
        Row{"training/exponents", {plan.chain.count, 1}, 1, plan.exponents_at}};
    for (const detail::IntegerLayer& layer : plan.chain) {
      if (!layer.has_weights()) continue;
      const auto at = static_cast<std::size_t>(positions + layer.parameter);
      all[at] = Row{parameter_name<Trainer::declaration>(layer.parameter),
                    {layer.dense.out, layer.dense.row},
                    2,
                    layer.weights_at};
      if (layer.bias)
        all[at + 1] = Row{parameter_name<Trainer::declaration>(layer.parameter + 1),
                          {layer.dense.out, 1},
                          1,
                          layer.bias_at};
    }
    return all;
  }();

  const std::byte* weights_;
  std::int32_t position_[3];
};

/// Writes an integer training's state to a sink, a callable `bool(std::span<const std::byte>)`, with neither
/// heap nor files: what a device sends, and `load_integer_state` of a desktop reads. \return false as soon as
/// the sink does.
template <class Trainer, class Sink>
bool write_integer_state(Trainer& trainer, Sink&& sink) {
  trainer.ensure_ready();
  static constexpr const auto& digits = detail::structure_digits<Trainer::declaration>;
  const MetadataEntry metadata[] = {{"etch.graph", {digits.data(), digits.size()}},
                                    {"etch.optimizer", Trainer::optimizer_name}};
  return write_safetensors(sink, IntegerState<Trainer>(trainer), metadata);
}

/// Weights of an integer training as those of a trainer of the same declaration in floats: exact.
template <class Integers, class Floats>
void copy_integer_weights(Integers& from, Floats& to) {
  static_assert(&Integers::declaration == &Floats::declaration, "weights are copied within one declaration");
  constexpr const auto& plan = detail::IntegerTraining<Integers::declaration>::plan;
  from.ensure_ready();
  to.ensure_ready();
  const auto* const bytes = reinterpret_cast<const std::int8_t*>(from.weights().data());
  for (int k = 0; k < plan.chain.count; ++k) {
    const detail::IntegerLayer& layer = plan.chain.item[k];
    if (!layer.has_weights()) continue;
    const float unit = detail::two_to(bytes[plan.exponents_at + k]);
    const auto put = [&](int parameter, int element, std::int8_t weight) {
      const float value = static_cast<float>(weight) * unit;
      std::memcpy(to.weights().data() + Floats::Code::program.plan.offset[parameter] + 4 * element, &value,
                  4);
    };
    for (int j = 0; j < layer.dense.out; ++j) {
      for (int i = 0; i < layer.in; ++i)
        put(layer.parameter, i * layer.dense.out + j, bytes[layer.weights_at + j * layer.dense.row + i]);
      if (layer.bias) put(layer.parameter + 1, j, bytes[layer.bias_at + j]);
    }
  }
}

/// Weights of a trainer in floats as those of an integer training of the same declaration, which begins at
/// step 0: each layer in the unit in which its largest weight takes a quarter to half of int8. Weights
/// that are no finite numbers are an error.
template <class Floats, class Integers>
void copy_float_weights(Floats& from, Integers& to) {
  static_assert(&Integers::declaration == &Floats::declaration, "weights are copied within one declaration");
  constexpr const auto& plan = detail::IntegerTraining<Integers::declaration>::plan;
  from.ensure_ready();
  to.initialize(to.seed());
  auto* const bytes = reinterpret_cast<std::int8_t*>(to.weights().data());
  for (int k = 0; k < plan.chain.count; ++k) {
    const detail::IntegerLayer& layer = plan.chain.item[k];
    if (!layer.has_weights()) continue;
    const auto get = [&](int parameter, int element) {
      float value = 0;
      std::memcpy(&value, from.weights().data() + Floats::Code::program.plan.offset[parameter] + 4 * element,
                  4);
      if (value - value != 0)
        fail("weights that are no finite numbers have no whole numbers that stand for them");
      return value;
    };
    float largest = 0;
    for (int i = 0; i < layer.in * layer.dense.out; ++i) {
      const float x = get(layer.parameter, i);
      largest = x > largest ? x : -x > largest ? -x : largest;
    }
    const int exponent = detail::exponent_for(largest);
    bytes[plan.exponents_at + k] = static_cast<std::int8_t>(exponent);
    for (int j = 0; j < layer.dense.out; ++j) {
      for (int i = 0; i < layer.in; ++i)
        bytes[layer.weights_at + j * layer.dense.row + i] = static_cast<std::int8_t>(
            detail::in_units(get(layer.parameter, i * layer.dense.out + j), exponent));
      if (layer.bias)
        bytes[layer.bias_at + j] =
            static_cast<std::int8_t>(detail::in_units(get(layer.parameter + 1, j), exponent));
    }
  }
}

}  // namespace etch
