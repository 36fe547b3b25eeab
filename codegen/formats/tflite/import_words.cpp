// SPDX-License-Identifier: BSL-1.0
// Whole numbers without scales: int32 and uint32, which are the same bits, and casts between types.
#include <codegen/formats/tflite/operators.hpp>
#include <etch/layers/merge.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

std::optional<kernels::BinaryKind> word_kind(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::add:
      return kernels::BinaryKind::add;
    case OperatorKind::sub:
      return kernels::BinaryKind::subtract;
    case OperatorKind::mul:
      return kernels::BinaryKind::multiply;
    case OperatorKind::div:
      return kernels::BinaryKind::divide;
    case OperatorKind::maximum:
      return kernels::BinaryKind::maximum;
    case OperatorKind::minimum:
      return kernels::BinaryKind::minimum;
    default:
      return {};
  }
}

kernels::Int32Bounds word_bounds(const Context& c) {
  switch (c.options().activation) {
    case FusedActivation::none:
      return {};
    case FusedActivation::relu:
      return {.lowest = 0};
    case FusedActivation::relu6:
      return {0, 6};
    case FusedActivation::relu_n1_to_1:
      return {-1, 1};
    default:
      c.refuse("has a fused activation that is not supported in int32");
  }
}

/// The one number that all of a constant is.
std::int32_t single_number(const Context& c, const FileTensor& t) {
  const auto numbers = c.stored(t, t.kind).numbers<std::int32_t>();
  c.require(std::ranges::all_of(numbers, [&](std::int32_t n) { return n == numbers[0]; }),
            "joins constants of several numbers, which is not supported in int32");
  return numbers[0];
}

/// What constants stand before and behind the values that are joined: all of one number.
struct Borders {
  int before = 0, after = 0;
  std::optional<std::int32_t> number;
};

void add_border(const Context& c, const FileTensor& t, bool values_before, Borders& borders) {
  const std::int32_t number = single_number(c, t);
  c.require(!borders.number || *borders.number == number,
            "joins constants of several numbers, which is not supported in int32");
  borders.number = number;
  (values_before ? borders.after : borders.before) += t.elements();
}

/// Of uint8 other numbers are stored, which scales make up for.
bool is_integer(const FileTensor& t) { return !t.shifted && (is_int8(t) || is_int16(t) || is_word(t)); }

}  // namespace

void import_word_binary(Context& c) {
  int a = 0, b = 1;
  const auto kind = word_kind(c.op().kind);
  const bool unsigned_fits = c.op().kind == OperatorKind::add || c.op().kind == OperatorKind::mul;
  c.require(kind && c.input(a).kind == c.output().kind && c.input(b).kind == c.output().kind &&
                (c.output().kind == ElementKind::int32 ||
                 (c.output().kind == ElementKind::uint32 && unsigned_fits)),
            "is supported in int32 only");
  if (c.input(a).constant()) {
    c.require(*kind != kernels::BinaryKind::subtract && *kind != kernels::BinaryKind::divide,
              "takes a constant first, which is not supported in int32");
    std::swap(a, b);
  }
  const FileTensor &first = c.input(a), &second = c.input(b);
  const Shape out = etch::detail::broadcast_shape(c.sample_shape(first), c.sample_shape(second));
  c.require(out.rank > 0, "is damaged: the shapes of its inputs do not fit");
  c.require_extents(c.output(), {out.dim.begin(), out.dim.begin() + out.rank});
  const auto attributes = kernels::broadcast(*kind, 1, etch::detail::four_extents(out), c.four_extents(first),
                                             c.four_extents(second));
  std::vector<Tensor> inputs{c.value(a)};
  std::vector<ConstantArray> constants;
  if (second.constant())
    constants.push_back(c.stored(second, second.kind));
  else
    inputs.push_back(c.value(b));
  constants.push_back(constant_of_words(word_bounds(c)));
  c.define(c.add_step(op_code<ops::Int32Binary>, pack(attributes), out, ElementType::i32, inputs, constants));
}

/// Lists are joined; constants at both ends are a padding.
void import_word_concatenation(Context& c) {
  const int count = static_cast<int>(c.op().inputs.size());
  const FileTensor& y = c.output();
  c.require(y.shape.size() == 1 && c.axis_of(y, c.options().axis) == 0,
            "is supported for lists only in int32 and uint32");
  std::vector<Tensor> parts;
  Borders borders;
  int total = 0;
  for (int k = 0; k < count; ++k) {
    const FileTensor& t = c.input(k);
    c.require(t.kind == y.kind && t.shape.size() == 1, "is damaged: its inputs do not fit its result");
    c.require(borders.after == 0 || t.constant(), "joins a constant between values, which is not supported");
    if (t.constant())
      add_border(c, t, !parts.empty(), borders);
    else
      total += parts.emplace_back(c.value(k, {t.elements()})).shape[0];
  }
  constexpr std::size_t most = ops::Concatenate::max_inputs;
  c.require(!parts.empty() && parts.size() <= most, "joins 1 to 8 values in int32 and uint32");
  c.require(y.elements() == borders.before + total + borders.after,
            "is damaged: the shapes of its inputs do not fit");
  Tensor x = parts[0];
  if (parts.size() > 1) {
    ops::Concatenate::Attributes attributes{0, static_cast<int>(parts.size()), {}};
    for (std::size_t k = 0; k < parts.size(); ++k) attributes.extent[k] = parts[k].shape[0];
    x = c.add_step(op_code<ops::Concatenate>, pack(attributes), {total}, ElementType::i32, parts);
  }
  if (!borders.number) return c.define(parts.size() > 1 ? x : c.copy_of(x));
  const ops::Pad::Attributes padding{total, 1, 1, y.elements(), 1, borders.before, 0};
  c.define(c.add_step(op_code<ops::Pad>, pack(padding), {y.elements()}, ElementType::i32, {&x, 1},
                      {constant_of(std::vector{*borders.number}, ElementType::i32)}));
}

void import_integer_cast(Context& c) {
  const FileTensor &from = c.input(0), &to = c.output();
  c.require(is_integer(from) && is_integer(to), "is supported between int8, int16, int32 and uint32 only");
  c.require_extents(to, from.shape);
  const Tensor x = c.value(0);
  const ElementType type = element_type(to.kind);
  if (type == element_type(from.kind)) return c.define(x);
  c.define(c.add_step(op_code<ops::IntCast>, {}, x.shape, type, {&x, 1}));
}

}  // namespace etch::host::tflite
