// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tflite/reader.hpp>

#include <flatbuffers/flatbuffers.h>

#include <cstring>
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
  std::variant<std::int8_t, std::uint8_t, std::int32_t, float> value;
};

/// Writes .tflite files: tensors, then operators, then `file`.
class TfliteWriter {
 public:
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
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(numbers.data());
    buffers_.push_back(buffer({bytes, bytes + numbers.size() * sizeof(T)}));
    return add_tensor(kind, shape, scales, static_cast<std::uint32_t>(buffers_.size() - 1), false);
  }

  void op(int kind, const std::vector<int>& inputs, const std::vector<int>& outputs,
          const std::vector<Option>& options = {}) {
    codes_.push_back(table([&] {
      fbb_.AddElement<std::int8_t>(slot(0), static_cast<std::int8_t>(kind < 127 ? kind : 127), 0);
      fbb_.AddElement<std::int32_t>(slot(2), 1, 0);
      fbb_.AddElement<std::int32_t>(slot(3), kind, 0);
    }));
    const auto in = fbb_.CreateVector(inputs), out = fbb_.CreateVector(outputs);
    const auto fields = table([&] {
      for (const Option& o : options)
        std::visit([&](auto value) { fbb_.AddElement(slot(o.field), value, decltype(value){}); }, o.value);
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

  std::vector<std::byte> file(const std::vector<int>& inputs, const std::vector<int>& outputs) {
    const auto tensors = fbb_.CreateVector(tensors_), operators = fbb_.CreateVector(operators_);
    const auto in = fbb_.CreateVector(inputs), out = fbb_.CreateVector(outputs);
    const std::vector<Table> graphs{table([&] {
      fbb_.AddOffset(slot(0), tensors);
      fbb_.AddOffset(slot(1), in);
      fbb_.AddOffset(slot(2), out);
      fbb_.AddOffset(slot(3), operators);
    })};
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
  Table buffer(const std::vector<std::uint8_t>& bytes) {
    const auto data = fbb_.CreateVector(bytes);
    return table([&] { fbb_.AddOffset(slot(0), data); });
  }

  int add_tensor(ElementKind kind, const std::vector<int>& shape, const Scales& scales,
                 std::uint32_t buffer_number, bool variable) {
    const auto extents = fbb_.CreateVector(shape);
    const auto name = fbb_.CreateString("t" + std::to_string(tensors_.size()));
    const auto scale = fbb_.CreateVector(scales.scale);
    const auto zero = fbb_.CreateVector(scales.zero_point);
    const auto quantization = table([&] {
      if (scales.scale.empty()) return;
      fbb_.AddOffset(slot(2), scale);
      fbb_.AddOffset(slot(3), zero);
      fbb_.AddElement<std::int32_t>(slot(6), scales.axis, 0);
    });
    tensors_.push_back(table([&] {
      fbb_.AddOffset(slot(0), extents);
      fbb_.AddElement<std::int8_t>(slot(1), static_cast<std::int8_t>(kind), 0);
      fbb_.AddElement<std::uint32_t>(slot(2), buffer_number, 0);
      fbb_.AddOffset(slot(3), name);
      fbb_.AddOffset(slot(4), quantization);
      fbb_.AddElement<std::uint8_t>(slot(5), variable, 0);
    }));
    return static_cast<int>(tensors_.size()) - 1;
  }

  flatbuffers::FlatBufferBuilder fbb_;
  std::vector<Table> tensors_, operators_, codes_, buffers_;
};

}  // namespace etch::test
