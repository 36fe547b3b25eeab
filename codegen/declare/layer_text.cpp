// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/layer_text.hpp>

#include <charconv>
#include <cmath>

namespace etch::host::declare {

namespace {

template <class List>
std::string braced(const List& list, int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + text_of(list[i]);
  return text + "}";
}

}  // namespace

std::string text_of(int number) { return std::to_string(number); }

std::string text_of(bool flag) { return flag ? "true" : "false"; }

std::string text_of(float number) {
  if (std::isinf(number))
    return number > 0 ? "std::numeric_limits<float>::infinity()" : "-std::numeric_limits<float>::infinity()";
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
  std::string text(std::begin(digits), end.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string text_of(const Pair& pair) {
  if (pair.first == pair.second) return text_of(pair.first);
  return "{" + text_of(pair.first) + ", " + text_of(pair.second) + "}";
}

std::string text_of(Padding padding) {
  switch (padding) {
    case Padding::valid:
      return "valid";
    case Padding::same:
      return "same";
    case Padding::causal:
      break;
  }
  return "causal";
}

std::string text_of(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::linear:
    case ActivationKind::relu:
    case ActivationKind::sigmoid:
    case ActivationKind::softmax:
      return name_of(kind);
    default:
      return std::string("ActivationKind::") + name_of(kind);
  }
}

std::string text_of(Interpolation interpolation) { return interpolation == nearest ? "nearest" : "bilinear"; }

std::string text_of(const Shape& shape) { return braced(shape, shape.rank); }

std::string text_of(const Axes& axes) {
  return axes.count == 1 ? text_of(axes.item[0]) : braced(axes.item, axes.count);
}

std::string text_of(const Sides& sides) {
  const auto& [rows, columns] = sides;
  if (rows.first != rows.second || columns.first != columns.second)
    return "{{" + text_of(rows.first) + ", " + text_of(rows.second) + "}, {" + text_of(columns.first) + ", " +
           text_of(columns.second) + "}}";
  return text_of(Pair{rows.first, columns.first});
}

std::string text_of(const Numbers& numbers) {
  return numbers.count == 1 ? text_of(numbers.item[0]) : braced(numbers.item, numbers.count);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string quoted(const std::string& text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal + "\"";
}

}  // namespace etch::host::declare
