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
inline int used_words(const Words& attributes) {
  int words = static_cast<int>(attributes.size());
  while (words > 0 && attributes[static_cast<unsigned>(words - 1)] == 0) --words;
  return words;
}

/// Appends "name":[a,b,c].
template <class Numbers>
void append_numbers(std::string& text, const char* name, const Numbers& numbers, int count) {
  text += std::string("\"") + name + "\":[";
  for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + std::to_string(numbers[i]);
  text += ']';
}

/// The members of a JSON object, one for each field.
struct TextFields {
  std::string text;

  void field(const char* name, const Shape& shape) { append_numbers(next(), name, shape, shape.rank); }
  void field(const char* name, int number) { member(name, std::to_string(number)); }
  void field(const char* name, bool flag) { member(name, flag ? "true" : "false"); }
  void field(const char* name, Role role) { member(name, std::string("\"") + role_text(role) + '"'); }
  void field(const char*, ElementType) {}  // a graph that has a text is of real numbers

  std::string& next() { return text += text.empty() ? "" : ","; }
  void member(const char* name, const std::string& value) {
    next() += std::string("\"") + name + "\":" + value;
  }
};

/// The same of a step, whose operands stand before its shapes.
template <Sizes S>
struct StepText {
  const Graph<S>& g;
  TextFields first{}, then{};

  void op(int code) {
    first.member("op", std::string("\"") + visit_op(code, [](auto op) { return decltype(op)::name; }) + '"');
  }
  void field(const char* name, const Words& words) {
    append_numbers(first.next(), name, words, used_words(words));
  }
  void operands(const Step& step) {
    append_numbers(first.next(), "inputs", &g.operands.item[step.first], step.inputs);
    first.field("parameters", step.parameters);
    append_numbers(first.next(), "outputs", &g.operands.item[step.first + step.inputs], step.outputs);
  }
  void field(const char* name, const Shape& shape) { then.field(name, shape); }
  void field(const char* name, int number) { then.field(name, number); }
};

template <Sizes S>
std::string step_text(const Graph<S>& g, const Step& step) {
  StepText<S> text{g};
  step_fields(text, step);
  return '{' + text.first.text + ',' + text.then.text + '}';
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

/// The graph as JSON; attributes are the words of the op, floats by their bits. Numerics stand in it where
/// they are not `separate`, and a tool that does not know them does not read it. Empty where
/// `has_graph_text` is false.
template <Sizes S>
std::string graph_text(const Graph<S>& g) {
  if (!has_graph_text(g)) return {};
  std::string text = "{\"version\":" + std::to_string(graph_text_version) + ',';
  if (g.numerics != Numerics::separate)
    text += std::string("\"numerics\":\"") + numerics_text(g.numerics) + "\",";
  detail::append_list(text, "parameters", g.parameters, [&](int i) {
    detail::TextFields fields;
    parameter_fields(fields, g.parameters[i]);
    text += '{' + fields.text + '}';
  });
  text += ',';
  detail::append_list(text, "values", g.values, [&](int i) {
    detail::TextFields fields;
    value_fields(fields, g.values[i]);
    text += '{' + fields.text + '}';
  });
  text += ',';
  detail::append_list(text, "steps", g.steps, [&](int i) { text += detail::step_text(g, g.steps[i]); });
  const auto ends = [&](const char* name, const auto& values, const auto& shapes) {
    text += ',';
    detail::append_list(text, name, values, [&](int i) {
      detail::TextFields fields;
      fields.field("value", values[i]);
      fields.field("shape", shapes[i]);
      text += '{' + fields.text + '}';
    });
  };
  ends("inputs", g.inputs, g.input_shapes);
  ends("outputs", g.outputs, g.output_shapes);
  return text + '}';
}

}  // namespace etch
