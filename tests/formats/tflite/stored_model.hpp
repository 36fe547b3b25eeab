// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/import.hpp>
#include <codegen/model/model_session.hpp>
#include <tests/formats/tflite/writer.hpp>

#include <catch2/catch.hpp>
#include <random>

namespace etch::test {

/// The type and quantization of a tensor.
struct Stored {
  ElementKind kind = ElementKind::int8;
  float scale = 1;
  int zero = 0;

  bool wide() const { return kind == ElementKind::int16; }
  std::int64_t lowest() const { return kind == ElementKind::int32 ? INT32_MIN : wide() ? -32768 : -128; }
  std::int64_t highest() const { return -lowest() - 1; }
  std::int64_t held(std::int64_t x) const { return std::clamp(x, lowest(), highest()); }
};

using Wholes = std::vector<std::int64_t>;

/// A model of whole numbers, which are given and come out as they are stored.
class StoredModel {
 public:
  TfliteWriter writer;
  std::mt19937 engine{7};

  int input(const std::vector<int>& shape, const Stored& as) {
    inputs_.push_back({tensor(shape, as), as});
    return inputs_.back().tensor;
  }
  int output(const std::vector<int>& shape, const Stored& as) {
    output_ = {tensor(shape, as), as};
    return output_.tensor;
  }
  int constant(const std::vector<int>& shape, const Stored& as, const Wholes& numbers) {
    const Scales scales{{as.scale}, {as.zero}};
    if (as.wide())
      return writer.constant(as.kind, shape, std::vector<std::int16_t>(numbers.begin(), numbers.end()),
                             scales);
    return writer.constant(as.kind, shape, std::vector<std::int8_t>(numbers.begin(), numbers.end()), scales);
  }
  int list(const std::vector<std::int32_t>& n) {
    return writer.constant(ElementKind::int32, {static_cast<int>(n.size())}, n);
  }
  Wholes random(std::size_t n, const Stored& as) {
    std::uniform_int_distribution<std::int64_t> any(as.lowest(), as.highest());
    Wholes numbers(n);
    for (auto& x : numbers) x = any(engine);
    if (n > 1) numbers[0] = as.lowest(), numbers[n - 1] = as.highest();
    return numbers;
  }

  host::ImportedModel import() {
    std::vector<int> inputs;
    for (const Value& v : inputs_) inputs.push_back(v.tensor);
    return host::import_tflite(writer.file(inputs, {output_.tensor}), "stored");
  }
  Wholes run(const std::vector<Wholes>& given) {
    const host::ImportedModel model = import();
    host::ModelSession session(model);
    std::vector<std::vector<std::byte>> bytes;
    for (std::size_t i = 0; i < given.size(); ++i) bytes.push_back(to_bytes(given[i], inputs_[i].as));
    session.run(std::vector<std::span<const std::byte>>(bytes.begin(), bytes.end()));
    return from_bytes(session.output(), output_.as);
  }

 private:
  struct Value {
    int tensor = 0;
    Stored as;
  };
  int tensor(const std::vector<int>& shape, const Stored& as) {
    return writer.tensor(as.kind, shape, {{as.scale}, {as.zero}});
  }
  static std::size_t size_of(const Stored& as) {
    return as.kind == ElementKind::int32 ? 4 : as.wide() ? 2 : 1;
  }
  static std::vector<std::byte> to_bytes(const Wholes& numbers, const Stored& as) {
    std::vector<std::byte> bytes(numbers.size() * size_of(as));
    for (std::size_t i = 0; i < numbers.size(); ++i)  // the low bytes come first
      std::memcpy(&bytes[i * size_of(as)], &numbers[i], size_of(as));
    return bytes;
  }
  static Wholes from_bytes(std::span<const std::byte> bytes, const Stored& as) {
    Wholes numbers;
    for (std::size_t i = 0; i < bytes.size(); i += size_of(as)) {
      std::int64_t number = std::to_integer<std::int8_t>(bytes[i + size_of(as) - 1]);
      for (std::size_t k = size_of(as) - 1; k-- > 0;)
        number = number * 256 + std::to_integer<std::uint8_t>(bytes[i + k]);
      numbers.push_back(number);
    }
    return numbers;
  }

  std::vector<Value> inputs_;
  Value output_;
};

}  // namespace etch::test
