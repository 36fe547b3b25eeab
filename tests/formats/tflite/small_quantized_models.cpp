// SPDX-License-Identifier: BSL-1.0
#include <tests/formats/tflite/small_models.hpp>

namespace etch::test {

namespace {

using Bytes = std::vector<std::byte>;
using Kind = OperatorKind;
constexpr std::int8_t none = 0;
constexpr auto int8 = ElementKind::int8, int16 = ElementKind::int16;

/// Of rows of int8, with the one scale that its results may have.
Bytes over_rows(TfliteWriter& w, Kind kind, float scale, std::int64_t zero,
                const std::vector<Option>& options) {
  SmallTensors t(w, int8);
  const int x = t.tensor({1, 2, 3}), y = t.tensor({1, 2, 3}, scale, zero);
  w.op(kind, {x}, {y}, options);
  return w.file({x}, {y});
}

/// Two inputs, of which the second meets all matrices of the first.
Bytes product_of_inputs(TfliteWriter& w, ElementKind kind) {
  SmallTensors t(w, kind);
  const int a = t.tensor({2, 4, 3}), b = t.tensor({1, 4, 5}), y = t.tensor({2, 3, 5});
  w.op(Kind::batch_matmul, {a, b}, {y}, {{0, std::uint8_t{1}}, {1, std::uint8_t{0}}});
  return w.file({a, b}, {y});
}

Bytes quantized_words(TfliteWriter& w, ElementKind kind) {
  SmallTensors t(w, kind);
  const int x = w.tensor(ElementKind::int32, {1, 5}, {{0.001f}, {0}}), y = t.tensor({1, 5});
  w.op(Kind::quantize, {x}, {y});
  return w.file({x}, {y});
}

/// A constant of several numbers less the input.
Bytes difference_from_several(TfliteWriter& w) {
  SmallTensors t(w, int8);
  const int x = t.tensor({1, 2, 3}), y = t.tensor({1, 2, 3});
  w.op(Kind::sub, {w.constant<std::int8_t>(int8, {1, 1, 3}, {9, -1, 77}, t.scales()), x}, {y}, {{0, none}});
  return w.file({x}, {y});
}

Bytes mean_apart(TfliteWriter& w) {
  SmallTensors t(w, int8);
  const int x = t.tensor({1, 2, 3, 4}), y = t.tensor({1, 3});
  w.op(Kind::mean, {x, t.list({1, 3})}, {y}, {{0, std::uint8_t{0}}});
  return w.file({x}, {y});
}

template <class T>
Bytes densified_weights(TfliteWriter& w, ElementKind kind) {
  SmallTensors t(w, kind);
  const Scales scales = t.real() ? Scales{} : Scales{{1.0f / 64}, {0}, 0};
  const int x = t.tensor({1, 4}), dense = w.tensor(kind, {2, 4}, scales), y = t.tensor({1, 2});
  const Sparsity some{{0, 1, 2}, {1}, {{2}, {0, {0, 1, 2}, {1, 0}, 1}, {2}}};
  w.op(Kind::densify, {w.sparse<T>(kind, {2, 4}, {5, -6, 7, 8}, some, scales)}, {dense});
  w.op(Kind::fully_connected, {x, dense, t.bias(2)}, {y}, {{0, none}, {1, none}});
  return w.file({x}, {y});
}

}  // namespace

std::vector<SmallModel> small_quantized_models() {
  std::vector<SmallModel> all{
      {"LOG_SOFTMAX in int8",
       [](TfliteWriter& w) { return over_rows(w, Kind::log_softmax, 1.0f / 16, 127, {}); }},
      {"L2_NORMALIZATION in int8",
       [](TfliteWriter& w) {
         return over_rows(w, Kind::l2_normalization, 1.0f / 128, 0, {{0, none}});
       }},
      {"SUB from several constants in int8", difference_from_several},
      {"MEAN over axes apart in int8", mean_apart},
      {"DENSIFY in int8", [](TfliteWriter& w) { return densified_weights<std::int8_t>(w, int8); }},
      {"DENSIFY in float32",
       [](TfliteWriter& w) { return densified_weights<float>(w, ElementKind::float32); }}};
  for (const ElementKind kind : {int8, int16}) {
    const std::string name = host::tflite::name_of(kind);
    all.push_back({"BATCH_MATMUL of inputs in " + name,
                   [kind](TfliteWriter& w) { return product_of_inputs(w, kind); }});
    all.push_back(
        {"QUANTIZE of int32 to " + name, [kind](TfliteWriter& w) { return quantized_words(w, kind); }});
  }
  return all;
}

}  // namespace etch::test
