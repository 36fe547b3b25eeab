// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/reader.hpp>

#include <flatbuffers/flatbuffers.h>
#include <flatbuffers/flexbuffers.h>

#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace etch::test {

using host::tflite::ElementKind;
using host::tflite::OperatorKind;

struct Scales {
  std::vector<float> scale;
  std::vector<std::int64_t> zero_point;
  int axis = 0;
};

/// A field of an operator's options table, by its number in the schema.
struct Option {
  int field;
  std::variant<std::int8_t, std::uint8_t, std::int32_t, float, std::string> value;
};

/// Options of a custom operator: numbers by name.
inline std::vector<std::uint8_t> custom_numbers(const std::vector<std::pair<const char*, int>>& numbers) {
  flexbuffers::Builder builder;
  builder.Map([&] {
    for (const auto& named : numbers) builder.Int(named.first, named.second);
  });
  builder.Finish();
  return builder.GetBuffer();
}

/// One level of a sparse tensor, as the schema has it: all `dense_size` places, or those that are listed.
struct SparseLevel {
  int dense_size = 0;
  std::vector<int> segments{}, places{};
  int bytes = 4;  ///< of each listed number: 4, 2 or 1
};
struct Sparsity {
  std::vector<int> traversal_order{}, block_map{};
  std::vector<SparseLevel> levels{};
};

/// Numbers are counted as they are written: extents, tensors, options, scales, zero points, types. One of
/// them may be written as an extreme number of its type.
struct Extreme {
  static constexpr int kinds = 7;
  int at = -1;    ///< the number that is changed, or none
  int kind = 0;   ///< of `kinds` extremes
  int count = 0;  ///< numbers written so far

  template <class T>
  T operator()(T number) {
    if (count++ != at) return number;
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_floating_point_v<T>) {
      const T extremes[kinds]{
          0, -1, Limits::infinity(), Limits::quiet_NaN(), Limits::min(), Limits::max(), Limits::denorm_min()};
      return extremes[kind];
    } else {
      const auto next = [&](int by) { return static_cast<T>(number + static_cast<T>(by)); };
      const T extremes[kinds]{0,
                              static_cast<T>(-1),
                              Limits::max(),
                              Limits::min(),
                              next(-1),
                              next(1),
                              static_cast<T>(Limits::max() / 2 + 1)};
      return extremes[kind];
    }
  }
  template <class T>
  std::vector<T> operator()(std::vector<T> numbers) {
    for (T& number : numbers) number = (*this)(number);
    return numbers;
  }
};

/// Writes .tflite files: tensors, then operators, then `file`.
class TfliteWriter {
 public:
  Extreme extreme;

  TfliteWriter() {
    fbb_.ForceDefaults(true);
    buffers_.push_back(buffer({}));
  }

  int tensor(ElementKind kind, const std::vector<int>& shape, const Scales& scales = {}) {
    return add_tensor(kind, shape, scales, 0, false);
  }
  /// What an operator keeps from call to call.
  int state(ElementKind kind, const std::vector<int>& shape, const Scales& scales = {}) {
    return add_tensor(kind, shape, scales, 0, true);
  }
  template <class T>
  int constant(ElementKind kind, const std::vector<int>& shape, const std::vector<T>& numbers,
               const Scales& scales = {}) {
    // Few numbers are axes and extents.
    const std::vector<T> written = numbers.size() <= 8 ? extreme(numbers) : numbers;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(written.data());
    buffers_.push_back(buffer({bytes, bytes + written.size() * sizeof(T)}));
    return add_tensor(kind, shape, scales, static_cast<std::uint32_t>(buffers_.size() - 1), false);
  }

  /// A constant of which some numbers are stored.
  template <class T>
  int sparse(ElementKind kind, const std::vector<int>& shape, const std::vector<T>& numbers,
             const Sparsity& places, const Scales& scales = {}) {
    sparsity_ = sparsity(places);
    const int number = constant(kind, shape, numbers, scales);
    sparsity_ = {};
    return number;
  }

  void op(int kind, const std::vector<int>& inputs, const std::vector<int>& outputs,
          const std::vector<Option>& options = {}) {
    kind = extreme(kind);
    codes_.push_back(table([&] {
      fbb_.AddElement<std::int8_t>(slot(0), static_cast<std::int8_t>(kind < 127 ? kind : 127), 0);
      fbb_.AddElement<std::int32_t>(slot(2), 1, 0);
      fbb_.AddElement<std::int32_t>(slot(3), kind, 0);
    }));
    const auto in = fbb_.CreateVector(extreme(inputs)), out = fbb_.CreateVector(extreme(outputs));
    std::vector<flatbuffers::Offset<flatbuffers::String>> texts;
    for (const Option& o : options)
      texts.push_back(std::holds_alternative<std::string>(o.value)
                          ? fbb_.CreateString(std::get<std::string>(o.value))
                          : flatbuffers::Offset<flatbuffers::String>());
    const auto fields = table([&] {
      for (std::size_t i = 0; i < options.size(); ++i)
        std::visit([&](const auto& value) { add_option(options[i].field, value, texts[i]); },
                   options[i].value);
    });
    operators_.push_back(table([&] {
      fbb_.AddElement<std::uint32_t>(slot(0), static_cast<std::uint32_t>(codes_.size() - 1), 0);
      fbb_.AddOffset(slot(1), in);
      fbb_.AddOffset(slot(2), out);
      fbb_.AddElement<std::uint8_t>(slot(3), 1, 0);
      fbb_.AddOffset(slot(4), fields);
    }));
  }
  void op(OperatorKind kind, const std::vector<int>& inputs, const std::vector<int>& outputs,
          const std::vector<Option>& options = {}) {
    op(static_cast<int>(kind), inputs, outputs, options);
  }

  /// What was written so far is a subgraph that the model may call: the first of them is 1.
  void end_called() {
    called_.push_back(graph({}, {}));
    tensors_.clear();
    operators_.clear();
  }

  /// An operator that the schema has not. \param options in the format FlexBuffers.
  void custom(const std::string& name, const std::vector<int>& inputs, const std::vector<int>& outputs,
              const std::vector<std::uint8_t>& options) {
    const auto text = fbb_.CreateString(name);
    const auto code = static_cast<std::int8_t>(OperatorKind::custom);
    codes_.push_back(table([&] {
      fbb_.AddElement<std::int8_t>(slot(0), code, 0);
      fbb_.AddOffset(slot(1), text);
      fbb_.AddElement<std::int32_t>(slot(2), 1, 0);
      fbb_.AddElement<std::int32_t>(slot(3), code, 0);
    }));
    const auto in = fbb_.CreateVector(extreme(inputs)), out = fbb_.CreateVector(extreme(outputs));
    const auto bytes = fbb_.CreateVector(options);
    operators_.push_back(table([&] {
      fbb_.AddElement<std::uint32_t>(slot(0), static_cast<std::uint32_t>(codes_.size() - 1), 0);
      fbb_.AddOffset(slot(1), in);
      fbb_.AddOffset(slot(2), out);
      fbb_.AddOffset(slot(5), bytes);
    }));
  }

  std::vector<std::byte> file(const std::vector<int>& inputs, const std::vector<int>& outputs) {
    std::vector<Table> graphs{graph(inputs, outputs)};
    graphs.insert(graphs.end(), called_.begin(), called_.end());
    const auto codes = fbb_.CreateVector(codes_), buffers = fbb_.CreateVector(buffers_),
               subgraphs = fbb_.CreateVector(graphs);
    fbb_.Finish(table([&] {
                  fbb_.AddElement<std::uint32_t>(slot(0), 3, 0);
                  fbb_.AddOffset(slot(1), codes);
                  fbb_.AddOffset(slot(2), subgraphs);
                  fbb_.AddOffset(slot(4), buffers);
                }),
                "TFL3");
    const auto* bytes = reinterpret_cast<const std::byte*>(fbb_.GetBufferPointer());
    return {bytes, bytes + fbb_.GetSize()};
  }

 private:
  using Table = flatbuffers::Offset<flatbuffers::Table>;
  static constexpr flatbuffers::voffset_t slot(int field) {
    return static_cast<flatbuffers::voffset_t>(4 + 2 * field);
  }
  template <class Fields>
  Table table(const Fields& fields) {
    const auto start = fbb_.StartTable();
    fields();
    return Table(fbb_.EndTable(start));
  }
  template <class T>
  void add_option(int field, const T& value, flatbuffers::Offset<flatbuffers::String> text) {
    if constexpr (std::is_same_v<T, std::string>)
      fbb_.AddOffset(slot(field), text);
    else
      fbb_.AddElement(slot(field), extreme(value), T{});
  }
  Table graph(const std::vector<int>& inputs, const std::vector<int>& outputs) {
    const auto tensors = fbb_.CreateVector(tensors_), operators = fbb_.CreateVector(operators_);
    const auto in = fbb_.CreateVector(extreme(inputs)), out = fbb_.CreateVector(extreme(outputs));
    return table([&] {
      fbb_.AddOffset(slot(0), tensors);
      fbb_.AddOffset(slot(1), in);
      fbb_.AddOffset(slot(2), out);
      fbb_.AddOffset(slot(3), operators);
    });
  }
  template <class T>
  Table list(const std::vector<int>& numbers) {
    const auto values = fbb_.CreateVector(extreme(std::vector<T>(numbers.begin(), numbers.end())));
    return table([&] { fbb_.AddOffset(slot(0), values); });
  }
  Table list(const std::vector<int>& numbers, int bytes) {
    return bytes == 1   ? list<std::uint8_t>(numbers)
           : bytes == 2 ? list<std::uint16_t>(numbers)
                        : list<std::int32_t>(numbers);
  }
  Table level(const SparseLevel& of) {
    if (of.segments.empty())
      return table([&] { fbb_.AddElement<std::int32_t>(slot(1), extreme(of.dense_size), 0); });
    const Table segments = list(of.segments, of.bytes), places = list(of.places, of.bytes);
    const auto kind = static_cast<std::uint8_t>(of.bytes == 4 ? 1 : of.bytes == 2 ? 2 : 3);
    return table([&] {
      fbb_.AddElement<std::uint8_t>(slot(0), extreme(std::uint8_t{1}), 0);
      fbb_.AddElement<std::uint8_t>(slot(2), kind, 0);
      fbb_.AddOffset(slot(3), segments);
      fbb_.AddElement<std::uint8_t>(slot(4), kind, 0);
      fbb_.AddOffset(slot(5), places);
    });
  }
  Table sparsity(const Sparsity& of) {
    std::vector<Table> levels;
    for (const SparseLevel& l : of.levels) levels.push_back(level(l));
    const auto order = fbb_.CreateVector(extreme(of.traversal_order)),
               blocks = fbb_.CreateVector(extreme(of.block_map));
    const auto all = fbb_.CreateVector(levels);
    return table([&] {
      fbb_.AddOffset(slot(0), order);
      fbb_.AddOffset(slot(1), blocks);
      fbb_.AddOffset(slot(2), all);
    });
  }
  Table buffer(const std::vector<std::uint8_t>& bytes) {
    const auto data = fbb_.CreateVector(bytes);
    return table([&] { fbb_.AddOffset(slot(0), data); });
  }

  int add_tensor(ElementKind kind, const std::vector<int>& shape, const Scales& scales,
                 std::uint32_t buffer_number, bool variable) {
    const auto extents = fbb_.CreateVector(extreme(shape));
    const auto name = fbb_.CreateString("t" + std::to_string(tensors_.size()));
    const auto scale = fbb_.CreateVector(extreme(scales.scale));
    const auto zero = fbb_.CreateVector(extreme(scales.zero_point));
    const int axis = extreme(scales.axis);
    const auto type = extreme(static_cast<std::int8_t>(kind));
    const std::uint8_t is_state = extreme(static_cast<std::uint8_t>(variable));
    buffer_number = extreme(buffer_number);
    const auto quantization = table([&] {
      if (scales.scale.empty()) return;
      fbb_.AddOffset(slot(2), scale);
      fbb_.AddOffset(slot(3), zero);
      fbb_.AddElement<std::int32_t>(slot(6), axis, 0);
    });
    tensors_.push_back(table([&] {
      fbb_.AddOffset(slot(0), extents);
      fbb_.AddElement<std::int8_t>(slot(1), type, 0);
      fbb_.AddElement<std::uint32_t>(slot(2), buffer_number, 0);
      fbb_.AddOffset(slot(3), name);
      fbb_.AddOffset(slot(4), quantization);
      fbb_.AddElement<std::uint8_t>(slot(5), is_state, 0);
      if (!sparsity_.IsNull()) fbb_.AddOffset(slot(6), sparsity_);
    }));
    return static_cast<int>(tensors_.size()) - 1;
  }

  flatbuffers::FlatBufferBuilder fbb_;
  std::vector<Table> tensors_, operators_, codes_, buffers_, called_;
  Table sparsity_;  ///< of the tensor that is written
};

}  // namespace etch::test
