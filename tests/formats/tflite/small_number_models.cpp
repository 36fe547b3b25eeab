// SPDX-License-Identifier: BSL-1.0
// Functions of numbers, and reductions.
#include <tests/formats/tflite/small_model_list.hpp>

namespace etch::test::small {

void add_numbers(Models& models) {
  const auto one = [&](const std::string& name, Kind kind, const std::vector<ElementKind>& kinds,
                       const std::vector<Option>& options = {}) {
    models.add(name, kinds, [=](SmallTensors& t) {
      const int x = t.tensor({1, 2, 3}), y = t.tensor({1, 2, 3});
      t.w.op(kind, {x}, {y}, options);
      return t.w.file({x}, {y});
    });
  };
  one("ABS", Kind::abs, all_kinds);
  one("EXP", Kind::exp, both);
  one("ELU", Kind::elu, both);
  one("LOG", Kind::log, both);
  one("RSQRT", Kind::rsqrt, all_kinds);
  for (const Kind kind : {Kind::neg, Kind::sqrt, Kind::square, Kind::ceil, Kind::floor, Kind::round,
                          Kind::sin, Kind::cos, Kind::gelu, Kind::relu})
    one("Operator " + std::to_string(static_cast<int>(kind)), kind, {});
  one("LOG_SOFTMAX", Kind::log_softmax, real);
  one("L2_NORMALIZATION", Kind::l2_normalization, real, {{0, none}});
  one("LEAKY_RELU", Kind::leaky_relu, {ElementKind::int16}, {{0, 0.25f}});
  one("RELU6", Kind::relu6, {ElementKind::int16});
  const auto two = [&](const char* name, Kind kind, const std::vector<ElementKind>& kinds, bool constant) {
    models.add(name, kinds, [=](SmallTensors& t) {
      const int x = t.tensor({1, 2, 3}), y = t.tensor({1, 2, 3});
      const int other = !constant ? t.tensor({1, 1, 3}) : t.constant({1}, {9});
      t.w.op(kind, {other, x}, {y}, {{0, none}});
      return constant ? t.w.file({x}, {y}) : t.w.file({x, other}, {y});
    });
  };
  two("MAXIMUM", Kind::maximum, all_kinds, false);
  two("MINIMUM of a constant", Kind::minimum, both, true);
  two("SUB from a constant", Kind::sub, both, true);
  two("DIV", Kind::div, both, false);
  two("SQUARED_DIFFERENCE", Kind::squared_difference, all_kinds, false);
  two("POW", Kind::pow, real, true);
}

void add_reductions(Models& models) {
  models.add("REDUCE_MAX", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 4}), y = t.tensor({1, 3});
    t.w.op(Kind::reduce_max, {x, t.list({1, 3})}, {y}, {{0, std::uint8_t{0}}});
    return t.w.file({x}, {y});
  });
  for (const Kind kind : {Kind::reduce_min, Kind::reduce_prod})
    models.add(kind == Kind::reduce_min ? "REDUCE_MIN" : "REDUCE_PROD", {}, [kind](SmallTensors& t) {
      const int x = t.tensor({1, 2, 3, 4}), y = t.tensor({1, 2, 4});
      t.w.op(kind, {x, t.list({2})}, {y}, {{0, std::uint8_t{0}}});
      return t.w.file({x}, {y});
    });
  for (const Kind kind : {Kind::arg_max, Kind::arg_min})
    models.add("ARG_MAX or ARG_MIN, and CAST", {}, [kind](SmallTensors& t) {
      const int x = t.tensor({1, 2, 3}), place = t.w.tensor(ElementKind::int32, {1, 2}),
                y = t.w.tensor(ElementKind::float32, {1, 2});
      t.w.op(kind, {x, t.list({2})}, {place});
      t.w.op(Kind::cast, {place}, {y});
      return t.w.file({x}, {y});
    });
  models.add("SUM", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 4}), y = t.tensor({1, 2, 1, 4});
    t.w.op(Kind::sum, {x, t.list({2})}, {y}, {{0, std::uint8_t{1}}});
    return t.w.file({x}, {y});
  });
  models.add("ARG_MAX and GATHER", real, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3}), place = t.w.tensor(ElementKind::int32, {1, 2}),
              y = t.tensor({1, 2, 2});
    t.w.op(Kind::arg_max, {x, t.list({2})}, {place});
    t.w.op(Kind::gather, {t.weights({3, 2}, 1, 0), place}, {y}, {{0, 0}, {1, 0}});
    return t.w.file({x}, {y});
  });
  models.add("PRELU", both, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3}), y = t.tensor({1, 2, 3});
    t.w.op(Kind::prelu, {x, t.weights({1, 3}, 1, 0)}, {y});
    return t.w.file({x}, {y});
  });
  models.add("BATCH_MATMUL", both, [](SmallTensors& t) {
    const int x = t.tensor({2, 3, 4}), y = t.tensor({2, 3, 5});
    t.w.op(Kind::batch_matmul, {x, t.weights({2, 5, 4}, 1, 0)}, {y},
           {{0, std::uint8_t{0}}, {1, std::uint8_t{1}}});
    return t.w.file({x}, {y});
  });
  models.add("TRANSPOSE_CONV", all_kinds, [](SmallTensors& t) {
    const int x = t.tensor({1, 2, 3, 2}), y = t.tensor({1, 4, 6, 3});
    t.w.op(Kind::transpose_conv, {t.list({1, 4, 6, 3}), t.weights({3, 3, 3, 2}, 1, 0), x, t.bias(3)}, {y},
           {{0, same}, {1, 2}, {2, 2}, {3, relu}});
    return t.w.file({x}, {y});
  });
}

}  // namespace etch::test::small
