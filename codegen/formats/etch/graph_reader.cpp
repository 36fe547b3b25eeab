// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/etch/graph_reader.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace etch::host {

namespace {

using nlohmann::json;
using Declared = Graph<declaration_capacity>;

constexpr std::int64_t most_in_file = 1 << 26;

/// The op of a name that a prediction can have, or -1.
int op_of(const std::string& name) {
  static constexpr int no_predictions[]{op_code<ops::Primitive>,    op_code<ops::Loss>,
                                        op_code<ops::TotalLoss>,    op_code<ops::Penalty>,
                                        op_code<ops::GradientNorm>, op_code<ops::Update>};
  for (int op = 0;; ++op) {
    const char* known = nullptr;
    visit_op(op, [&](auto o) { known = decltype(o)::name; });
    if (!known) return -1;
    if (name == known) return std::ranges::find(no_predictions, op) == std::end(no_predictions) ? op : -1;
  }
}

class GraphReader {
 public:
  GraphReader(Declared& to, const std::string& name) : to_(to), name_(name) {}

  void read(const std::string& text) {
    const json root = json::parse(text, nullptr, false);
    if (root.is_discarded()) fail("it is not JSON");
    const std::int64_t version = number(root, "version", 0, INT32_MAX);
    if (version != graph_text_version)
      fail("it is of version " + std::to_string(version) + ", and only " +
           std::to_string(graph_text_version) + " is read");
    if (root.contains("numerics")) to_.numerics = numerics(root["numerics"]);
    for (const json& p : list(root, "parameters", declaration_capacity.parameters)) read_parameter(p);
    for (const json& v : list(root, "values", declaration_capacity.values)) read_value(v);
    check_parameters();
    for (const json& i : list(root, "inputs", declaration_capacity.ends)) {
      to_.inputs.push(end_value(i));
      to_.input_shapes.push(shape(i, "shape"));
      if (to_.values[to_.inputs[to_.inputs.count - 1]].role != Role::input) fail("an input is another value");
    }
    made_.assign(static_cast<std::size_t>(to_.values.count), false);
    for (int v = 0; v < to_.values.count; ++v) made_[static_cast<std::size_t>(v)] = is_given(v);
    for (const json& s : list(root, "steps", declaration_capacity.steps)) read_step(s);
    for (const json& o : list(root, "outputs", declaration_capacity.ends)) {
      const std::int16_t value = end_value(o);
      if (value < to_.parameters.count || !made_[static_cast<std::size_t>(value)])
        fail("an output is a value that no step makes");
      to_.outputs.push(value);
      to_.output_shapes.push(shape(o, "shape"));
      to_.output_masks.push(-1);
    }
    if (to_.inputs.count == 0 || to_.outputs.count == 0) fail("it has no input or no output");
    check_inputs();
    check_ends(to_.inputs, to_.input_shapes);
    check_ends(to_.outputs, to_.output_shapes);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error("'" + name_ + "': the graph in it is damaged: " + why);
  }

  const json& member(const json& of, const char* key) const {
    if (!of.is_object()) fail(std::string("something without '") + key + "' is no object");
    const auto found = of.find(key);
    if (found == of.end()) fail(std::string("'") + key + "' is missing");
    return *found;
  }
  std::int64_t checked(const json& n, const char* key, std::int64_t least, std::int64_t most) const {
    if (!n.is_number_integer() || (n.is_number_unsigned() && n.get<std::uint64_t>() > INT64_MAX))
      fail(std::string("'") + key + "' is not a whole number");
    const auto value = n.get<std::int64_t>();
    if (value < least || value > most)
      fail(std::string("'") + key + "' is not from " + std::to_string(least) + " to " + std::to_string(most));
    return value;
  }
  std::int64_t number(const json& of, const char* key, std::int64_t least, std::int64_t most) const {
    return checked(member(of, key), key, least, most);
  }
  bool flag(const json& of, const char* key) const {
    const json& f = member(of, key);
    if (!f.is_boolean()) fail(std::string("'") + key + "' is neither true nor false");
    return f.get<bool>();
  }
  const json& list(const json& of, const char* key, int most) const {
    const json& items = member(of, key);
    if (!items.is_array() || items.size() > static_cast<std::size_t>(most))
      fail(std::string("'") + key + "' is not a list of at most " + std::to_string(most));
    return items;
  }
  Shape shape(const json& of, const char* key) const {
    Shape read;
    std::int64_t elements = 1;
    for (const json& extent : list(of, key, Shape::max_rank)) {
      read.append(static_cast<int>(checked(extent, key, 1, most_in_file)));
      elements *= read.last();
      if (elements > most_in_file) fail(std::string("'") + key + "' is too large");
    }
    return read;
  }

  /// The members of a JSON object, one for each field.
  struct Fields {
    GraphReader& reader;
    const json& from;

    void field(const char* name, Shape& to) { to = reader.shape(from, name); }
    void field(const char* name, bool& to) { to = reader.flag(from, name); }
    void field(const char* name, Role& to) { to = reader.role(from, name); }
    void field(const char*, ElementType&) {}  // a graph that has a text is of real numbers
    void field(const char* name, int& to) {
      to = static_cast<int>(reader.number(from, name, 1, most_in_file));
    }
    void field(const char* name, std::int16_t& to) {
      to = static_cast<std::int16_t>(reader.number(from, name, 1, INT16_MAX));
    }
    void field(const char* name, Words& to) {
      const json& words = reader.list(from, name, static_cast<int>(to.size()));
      for (std::size_t i = 0; i < words.size(); ++i)
        to[i] = static_cast<std::int32_t>(reader.checked(words[i], name, INT32_MIN, INT32_MAX));
    }
    void op(std::int16_t& to) { to = reader.op(from, "op"); }
    void operands(Step& to) {
      to.first = reader.to_.operands.count;
      to.inputs = reader.read_operands(from, "inputs", false);
      to.outputs = reader.read_operands(from, "outputs", true);
      to.parameters = static_cast<std::uint8_t>(reader.number(from, "parameters", 0, to.inputs));
    }
  };

  Numerics numerics(const json& named) const {
    for (const Numerics known : {Numerics::separate, Numerics::fused})
      if (named == numerics_text(known)) return known;
    fail("its numerics are neither 'separate' nor 'fused'");
  }

  Role role(const json& of, const char* key) const {
    const json& role = member(of, key);
    constexpr Role roles[]{Role::parameter, Role::statistic, Role::input, Role::state, Role::temporary};
    const auto* found = std::ranges::find_if(roles, [&](Role r) { return role == detail::role_text(r); });
    if (found == std::end(roles)) fail("a value has no role that is known");
    return *found;
  }

  std::int16_t op(const json& of, const char* key) const {
    const json& op = member(of, key);
    if (!op.is_string()) fail("an op is not named");
    const int code = op_of(op.get_ref<const std::string&>());
    if (code < 0)
      throw Error("'" + name_ + "': step " + std::to_string(to_.steps.count) + " of the graph in it is " +
                  in_quotes(op.get_ref<const std::string&>()) + ", which this version does not read");
    return static_cast<std::int16_t>(code);
  }

  void read_parameter(const json& from) {
    Parameter p;
    parameter_fields(Fields{*this, from}, p);
    to_.parameters.push(p);
  }

  void read_value(const json& from) {
    Value v;
    value_fields(Fields{*this, from}, v);
    total_elements_ += v.elements;
    if (total_elements_ > most_in_file) fail("its values have more than 67,108,864 elements");
    to_.values.push(v);
  }

  static bool is_weight(const Value& v) { return v.role == Role::parameter || v.role == Role::statistic; }
  bool is_given(int value) const { return to_.values[value].role != Role::temporary; }

  void check_parameters() const {
    if (to_.parameters.count > to_.values.count) fail("it has fewer values than parameters");
    for (int v = 0; v < to_.values.count; ++v) {
      const Value& value = to_.values[v];
      const bool weight = v < to_.parameters.count;
      if (is_weight(value) != weight) fail("its parameters are not its first values");
      if (value.per_row == weight)
        fail("a value is of a sample where it is a weight, or the other way round");
      if (weight && value.elements != to_.parameters[v].shape.size())
        fail("a parameter has another number of elements than its shape");
    }
  }

  /// Each is given by the caller once.
  void check_inputs() const {
    for (int v = 0; v < to_.values.count; ++v) {
      if (to_.values[v].role != Role::input) continue;
      if (std::count(to_.inputs.begin(), to_.inputs.end(), v) != 1)
        fail("a value that is given with each sample is not an input, or more than one");
    }
    for (const std::int16_t v : to_.outputs)
      if (to_.values[v].role == Role::state) fail("an output is a state");
  }

  template <class Values, class Shapes>
  void check_ends(const Values& values, const Shapes& shapes) const {
    for (int k = 0; k < values.count; ++k)
      if (to_.values[values[k]].elements != shapes[k].size())
        fail("an input or output has another number of elements than its shape");
  }

  std::int16_t end_value(const json& from) const {
    return static_cast<std::int16_t>(number(from, "value", 0, to_.values.count - 1));
  }

  std::uint8_t read_operands(const json& from, const char* key, bool results) {
    const json& operands = list(from, key, StepOperands::capacity);
    for (const json& operand : operands) {
      const auto value = checked(operand, key, 0, to_.values.count - 1);
      const auto at = static_cast<std::size_t>(value);
      if (results ? made_[at] && to_.values[static_cast<int>(value)].role != Role::state : !made_[at])
        fail(results ? "a value is made twice" : "a step reads what no step before it makes");
      if (to_.operands.count >= declaration_capacity.operands) fail("it has too many operands");
      to_.operands.push(static_cast<std::int16_t>(value));
    }
    return static_cast<std::uint8_t>(operands.size());
  }

  void read_step(const json& from) {
    Step step;
    step_fields(Fields{*this, from}, step);
    if (step.outputs == 0 || step.inputs == step.parameters) fail("a step has no input or no result");
    for (int k = 0; k < step.outputs; ++k)
      made_[static_cast<std::size_t>(to_.operands[step.first + step.inputs + k])] = true;
    check_weights(step);
    if (const char* fault = step_fault(to_, step))
      fail("step " + std::to_string(to_.steps.count) + " (" + member(from, "op").get<std::string>() +
           "): " + fault);
    to_.steps.push(step);
  }

  void check_weights(const Step& step) const {
    for (int k = 0; k < step.inputs; ++k)
      if ((to_.operands[step.first + k] < to_.parameters.count) != (k >= step.inputs - step.parameters))
        fail("the weights of a step are not its last inputs");
  }

  Declared& to_;
  const std::string& name_;
  std::vector<bool> made_;
  std::int64_t total_elements_ = 0;
};

}  // namespace

std::unique_ptr<Declared> read_graph_text(const std::string& text, const std::string& name) {
  auto graph = std::make_unique<Declared>();
  GraphReader(*graph, name).read(text);
  return graph;
}

}  // namespace etch::host
