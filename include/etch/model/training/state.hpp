// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/hash.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/training/training_code.hpp>
#include <runtime/safetensors_writer.hpp>

#include <array>
#include <bit>
#include <string_view>

namespace etch {

namespace detail {

/// One array of a trainer's state: where it lies and what files call it.
struct StateRow {
  Shape shape;
  int offset = 0;
  bool slot = false;  ///< in the optimizer's region, else among the weights
  int name = 0, name_length = 0;
};

/// Names are joined by the compiler: a device has no heap to do it on, and need not hold the graph for it.
template <int Rows, int Characters>
struct StateTable {
  List<StateRow, Rows> rows;
  char text[Characters]{};
};

template <const auto& Declared, class Code>
constexpr auto make_state_table() {
  constexpr auto& graph = Code::graph;
  constexpr auto slots = [](int p) {
    return Code::differentiated.slots_of[p] < 0 ? 0 : slots_of(Code::options);
  };
  constexpr std::string_view prefix = "optimizer/";
  constexpr std::array<int, 2> sizes = [=] {
    std::array<int, 2> s{};
    for (int p = 0; p < graph.parameters.count; ++p) {
      const int length = static_cast<int>(parameter_name<Declared>(p).size());
      s[0] += 1 + slots(p);
      s[1] += length + slots(p) * (length + static_cast<int>(prefix.size()) + 2);
    }
    return s;
  }();
  StateTable<sizes[0], sizes[1]> table;
  TextWriter to{table.text};
  for (int p = 0; p < graph.parameters.count; ++p) {
    const std::string_view name = parameter_name<Declared>(p);
    table.rows.push({graph.parameters.item[p].shape, Code::program.plan.offset[p], false, to.at,
                     static_cast<int>(name.size())});
    to.put(name);
  }
  for (int p = 0; p < graph.parameters.count; ++p)
    for (int k = 0; k < slots(p); ++k) {
      const int begin = to.at;
      to.put(prefix);
      to.put(parameter_name<Declared>(p));
      to.put("/");
      to.put(k);
      const int value = Code::differentiated.slots_of[p] + k;
      table.rows.push({trained_shape(graph.parameters.item[p]), Code::program.plan.offset[value], true, begin,
                       to.at - begin});
    }
  return table;
}

template <const auto& Declared, class Code>
inline constexpr auto state_table = make_state_table<Declared, Code>();

/// The hash of a declaration's structure as the 16 digits that files hold.
template <const auto& Declared>
inline constexpr std::array<char, 16> structure_digits = [] {
  const std::uint64_t hash = structure_hash(graph<Declared>);
  const auto high = hex_digits(static_cast<std::uint32_t>(hash >> 32)),
             low = hex_digits(static_cast<std::uint32_t>(hash));
  std::array<char, 16> text{};
  for (std::size_t i = 0; i < 8; ++i) text[i] = high[i], text[8 + i] = low[i];
  return text;
}();

}  // namespace detail

/// All that the next training step of a trainer depends on, as tensors that are made when asked for: step,
/// seed and learning rate, weights, optimizer slots. Between two slices of a training step there is no such
/// state: then it ends in `fail`.
template <class Trainer>
class TrainingState {
 public:
  explicit TrainingState(Trainer& trainer)
      : weights_(trainer.weights().data()),
        slots_(trainer.optimizer_state().data()),
        position_{std::bit_cast<std::int32_t>(trainer.step()), std::bit_cast<std::int32_t>(trainer.seed()),
                  std::bit_cast<std::int32_t>(trainer.learning_rate())} {
    trainer.ensure_between_steps();
  }

  std::size_t size() const { return positions + table.rows.count; }
  TensorEntry operator[](std::size_t i) const {
    if (i < positions)
      return {position_name[i], i == 2 ? "F32" : "I32", one, std::as_bytes(std::span(&position_[i], 1))};
    const detail::StateRow& row = table.rows.item[i - positions];
    const std::byte* const data = (row.slot ? slots_ : weights_) + row.offset;
    return {{table.text + row.name, static_cast<std::size_t>(row.name_length)},
            "F32",
            {row.shape.dim.data(), static_cast<std::size_t>(row.shape.rank)},
            {data, static_cast<std::size_t>(4 * row.shape.size())}};
  }

 private:
  static constexpr const auto& table = detail::state_table<Trainer::declaration, typename Trainer::Code>;
  static constexpr int one[] = {1};
  static constexpr const char* position_name[] = {"training/step", "training/seed", "training/learning_rate"};
  static constexpr std::size_t positions = Trainer::sets_learning_rate ? 3 : 2;
  const std::byte *weights_, *slots_;
  std::int32_t position_[3];
};

/// Writes a trainer's state to a sink, a callable `bool(std::span<const std::byte>)`, with neither heap nor
/// files: what a device sends. It is a file that a desktop's trainer of the same declaration and optimizer
/// loads and goes on from. \return false as soon as the sink does.
template <class Trainer, class Sink>
bool write_training_state(Trainer& trainer, Sink&& sink) {
  static constexpr const auto& digits = detail::structure_digits<Trainer::declaration>;
  const MetadataEntry metadata[] = {{"etch.graph", {digits.data(), digits.size()}},
                                    {"etch.optimizer", trainer.optimizer().name}};
  return write_safetensors(sink, TrainingState<Trainer>(trainer), metadata);
}

}  // namespace etch
