// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op_list.hpp>

#include <string>

// How a declared graph stands in a model's file, so that tools can run the model without its declaration.
namespace etch {

/// The version of the text that is written and read.
inline constexpr int graph_text_version = 1;

namespace detail {

inline const char* role_text(Role role) {
  switch (role) {
    case Role::parameter:
      return "parameter";
    case Role::statistic:
      return "statistic";
    case Role::input:
      return "input";
    case Role::output:
      return "output";
    case Role::state:
      return "state";
    default:
      return "temporary";
  }
}

/// How many words of a step's attributes are to be written: those after them are 0.
inline int used_words(const Step& step) {
  int words = static_cast<int>(step.attributes.size());
  while (words > 0 && step.attributes[static_cast<unsigned>(words - 1)] == 0) --words;
  return words;
}

/// Appends "name":[a,b,c].
template <class Numbers>
void append_numbers(std::string& text, const char* name, const Numbers& numbers, int count) {
  text += std::string("\"") + name + "\":[";
  for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + std::to_string(numbers[i]);
  text += ']';
}

inline void append_shape(std::string& text, const char* name, const Shape& shape) {
  append_numbers(text, name, shape, shape.rank);
}

template <Sizes S>
void append_step(std::string& text, const Graph<S>& g, const Step& step) {
  text += std::string("{\"op\":\"") + visit_op(step.op, [](auto op) { return decltype(op)::name; }) + "\",";
  append_numbers(text, "attributes", step.attributes.data(), used_words(step));
  text += ',';
  append_numbers(text, "inputs", &g.operands.item[step.first], step.inputs);
  text += ",\"parameters\":" + std::to_string(step.parameters) + ',';
  append_numbers(text, "outputs", &g.operands.item[step.first + step.inputs], step.outputs);
  text += ',';
  append_shape(text, "in", step.in);
  text += ',';
  append_shape(text, "out", step.out);
  text += ",\"repeat\":" + std::to_string(step.repeat) + '}';
}

template <class List, class F>
void append_list(std::string& text, const char* name, const List& list, F&& append_item) {
  text += std::string("\"") + name + "\":[";
  for (int i = 0; i < list.count; ++i) {
    if (i > 0) text += ',';
    append_item(i);
  }
  text += ']';
}

}  // namespace detail

/// Whether a file can say what every step computes: a program's own ops are known to that program alone.
template <Sizes S>
bool has_graph_text(const Graph<S>& g) {
  for (const Step& step : g.steps)
    if (step.primitive || step.loss) return false;
  return true;
}

/// The graph as JSON; attributes are the words of the op, floats by their bits. Empty where
/// `has_graph_text` is false.
template <Sizes S>
std::string graph_text(const Graph<S>& g) {
  if (!has_graph_text(g)) return {};
  std::string text = "{\"version\":" + std::to_string(graph_text_version) + ',';
  detail::append_list(text, "parameters", g.parameters, [&](int i) {
    text += '{';
    detail::append_shape(text, "shape", g.parameters[i].shape);
    text += std::string(",\"trainable\":") + (g.parameters[i].trainable ? "true" : "false") + '}';
  });
  text += ',';
  detail::append_list(text, "values", g.values, [&](int i) {
    const Value& v = g.values[i];
    text += "{\"elements\":" + std::to_string(v.elements) + ",\"role\":\"" + detail::role_text(v.role) +
            "\",\"per_row\":" + (v.per_row ? "true" : "false") + '}';
  });
  text += ',';
  detail::append_list(text, "steps", g.steps, [&](int i) { detail::append_step(text, g, g.steps[i]); });
  const auto ends = [&](const char* name, const auto& values, const auto& shapes) {
    text += ',';
    detail::append_list(text, name, values, [&](int i) {
      text += "{\"value\":" + std::to_string(values[i]) + ',';
      detail::append_shape(text, "shape", shapes[i]);
      text += '}';
    });
  };
  ends("inputs", g.inputs, g.input_shapes);
  ends("outputs", g.outputs, g.output_shapes);
  return text + '}';
}

}  // namespace etch
