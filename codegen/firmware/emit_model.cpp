// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/emit_model.hpp>
#include <codegen/firmware/firmware_files.hpp>
#include <codegen/firmware/known_answer.hpp>
#include <codegen/firmware/reserved_names.hpp>
#include <codegen/model/element_names.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/program/deploy.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <utility>

namespace etch::host {

namespace {

template <class Numbers>
std::string braced(const Numbers& numbers, int count) {
  std::string text = "{";
  for (int i = 0; i < count; ++i)
    text += (i > 0 ? ", " : "") + std::to_string(numbers[static_cast<unsigned>(i)]);
  return text + "}";
}

/// A value or step as an initializer. Numbers that are what they are at first are left out at the end.
class Initializer {
 public:
  /// \param place of a value, which stands behind its region.
  explicit Initializer(int place = 0) : place_(place) {}

  void field(const char*, const Words& words, const Words&) {
    add(braced(words, etch::detail::used_words(words)));
  }
  void field(const char*, const Shape& shape, const Shape&) { add(braced(shape, shape.rank)); }
  void field(const char*, ElementType type, ElementType) {
    add(std::string("ElementType::") + names_of(type).etch);
  }
  void field(const char*, Role role, Role) {
    add(std::string("Role::") + etch::detail::role_text(role));
    add(std::to_string(place_));
  }
  void field(const char*, bool flag, bool at_first) { add(flag ? "true" : "false", flag == at_first); }
  void field(const char*, int number, int at_first) { add(std::to_string(number), number == at_first); }
  void op(int code, int) {
    add(std::string("op_code<ops::") + visit_op(code, [](auto op) { return decltype(op)::name; }) + '>');
  }
  void operands(const Step& step, const Step&) {
    for (const int count : {step.inputs, step.parameters, step.outputs}) add(std::to_string(count));
  }

  std::string text() const { return "{" + text_ + "}"; }

 private:
  void add(const std::string& field, bool optional = false) {
    (rest_ += first_ ? "" : ", ") += field;
    first_ = false;
    if (!optional) text_ += std::exchange(rest_, {});
  }

  int place_;
  std::string text_, rest_;
  bool first_ = true;
};

std::string value_text(const Value& value, int offset) {
  Initializer text(offset);
  value_fields(text, value, Value{});
  return text.text();
}

std::string step_text(const Step& step) {
  Initializer text;
  step_fields(text, step, Step{});
  return text.text();
}

std::string operands_text(const ImportedProgram& program, const Step& step) {
  std::string text;
  for (int k = 0; k < step.inputs + step.outputs; ++k)
    text += std::to_string(program.graph.operands[step.first + k]) + ", ";
  text.pop_back();
  return text;
}

std::string plan_text(const FirmwareModel& model) {
  return braced(std::vector{model.weight_bytes, model.arena_bytes, model.state_bytes}, 3);
}

/// What differs from the default, so that sources from before there was a choice are as they were.
std::string numerics_argument(Numerics numerics) {
  return numerics == Numerics::separate ? "" : std::string(", Numerics::") + numerics_text(numerics);
}

std::string definition_of(const ImportedProgram& program, const FirmwareModel& model) {
  const auto& g = program.graph;
  std::string text =
      "#include <etch/model/program/stored_program.hpp>\n\n"
      "static_assert(@NAME@_LAYOUT == @LAYOUT@ull, \"the files are not of one export: export them "
      "again\");\n\n"
      "namespace {\n\nusing namespace etch;\n\n"
      "// Elements, type, region and place in it; the first are the weights.\n"
      "constexpr StoredValue values[] = {\n";
  for (int v = 0; v < g.values.count; ++v)
    text += "    " + value_text(g.values[v], program.plan.offset[v]) + ",\n";
  text +=
      "};\n\n// Op, attributes, shapes in and out, and how many inputs, weights among them, and results.\n"
      "constexpr StoredStep steps[] = {\n";
  for (const Step& step : g.steps) text += "    " + step_text(step) + ",\n";
  text += "};\n\n// The values that each step takes and gives.\nconstexpr std::int16_t operands[] = {\n";
  for (const Step& step : g.steps) text += "    " + operands_text(program, step) + "\n";
  return text +
         "};\n\n// Bytes of weights, arena and states.\n"
         "constexpr auto program = stored_program(values, steps, operands, " +
         plan_text(model) + numerics_argument(g.numerics) +
         ");\nusing Model = StoredModel<program>;\n\n}  // namespace\n";
}

/// Text that can stand in any comment.
std::string in_comment(std::string text) {
  for (char& c : text)
    if (c < ' ' || c > '~' || c == '*' || c == '@' || c == '\\') c = '_';
  return text;
}

FirmwareEnd end_of(const ImportedModel& model, const ImportedProgram& program, int value) {
  const Value& v = program.graph.values[value];
  const ImportedValue& noted = model.values[static_cast<std::size_t>(value)];
  return {v.elements,
          v.type,
          noted.quantization,
          value,
          program.plan.offset[value],
          noted.shape,
          in_comment(noted.name),
          noted.is_unsigned};
}

/// Each output is what a step gives, and no two are the same: firmware has a place for it.
bool outputs_are_results(const ImportedProgram& program, Role role) {
  const auto& g = program.graph;
  return std::ranges::all_of(g.outputs, [&](int value) {
    return g.values[value].role == role && std::ranges::count(g.inputs, value) == 0 &&
           std::ranges::count(g.outputs, value) == 1;
  });
}

void check(const ImportedModel& model, const ImportedProgram& program, const EmitOptions& options) {
  check_model_name(options.name);
  if (!outputs_are_results(program, options.ends_in_arena ? Role::temporary : Role::output))
    throw Error("'" + model.name +
                "' gives an input, a constant or one value twice as its outputs, which firmware cannot");
  for (const Step& step : program.graph.steps)
    if (step.primitive || step.loss)
      throw Error("'" + model.name + "' has an op of its own, which only its declaration can compile");
}

}  // namespace

FirmwareEnds firmware_ends(const ImportedModel& model, const ImportedProgram& program, bool in_arena) {
  FirmwareEnds ends;
  ends.in_arena = in_arena;
  for (const std::int16_t value : program.graph.inputs) ends.inputs.push_back(end_of(model, program, value));
  for (const std::int16_t value : program.graph.outputs)
    ends.outputs.push_back(end_of(model, program, value));
  return ends;
}

EmittedModel emit_model(const ImportedModel& model, const EmitOptions& options) {
  return emit_program(model, *program_of(model, options.ends_in_arena, true, options.kernels), options);
}

EmittedModel emit_program(const ImportedModel& model, const ImportedProgram& program,
                          const EmitOptions& options) {
  check(model, program, options);
  std::vector<std::byte> weights = weights_of(model, program);
  // C has no array of no elements.
  weights.resize(std::max<std::size_t>(weights.size(), 8));

  FirmwareModel firmware;
  firmware.ends = firmware_ends(model, program, options.ends_in_arena);
  firmware.weight_bytes = static_cast<int>(weights.size());
  firmware.arena_bytes = program.plan.arena_bytes;
  firmware.arena_alignment = program.options.alignment;
  firmware.state_bytes = program.plan.state_bytes;
  firmware.layout = detail::layout_hash(program);
  const std::string& source = options.source.empty() ? model.name : options.source;
  firmware.origin = " from " + in_comment(source) + ". Compile that again instead of changing this";
  firmware.definition = definition_of(program, firmware);
  firmware.blob = options.blob;
  firmware.version = options.version;
  if (options.selftest) firmware.answer = known_answer(model);
  write_firmware_files(firmware, weights, options.folder, options.name);
  return {program.plan.weight_bytes, program.plan.arena_bytes, program.plan.lower_bound,
          program.plan.state_bytes, bytes_outside(firmware.ends)};
}

}  // namespace etch::host
