// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/board.hpp>
#include <codegen/page/model_data.hpp>
#include <codegen/report/memory_text.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/operator_costs.hpp>
#include <etch/ops/op_list.hpp>

#include <nlohmann/json.hpp>

namespace etch::host {

namespace {

using Json = nlohmann::ordered_json;

const char* op_name(const Step& step) {
  return visit_op(step.op, [](auto op) { return decltype(op)::name; });
}

Json shape_data(const Shape& shape) {
  Json extents = Json::array();
  for (int i = 0; i < shape.rank; ++i) extents.push_back(shape[i]);
  return extents;
}

void add_quantization(Json& to, const Quantization& q) {
  if (q.scale == 0) return;
  to["scale"] = q.scale;
  to["zero_point"] = q.zero_point;
}

long long weight_bytes(const ImportedProgram& program, const Step& step) {
  long long bytes = 0;
  for (int k = step.inputs - step.parameters; k < step.inputs; ++k)
    if (const int value = program.graph.operand(step, k); value >= 0)
      bytes += static_cast<long long>(bytes_of_sample(program.graph.values[value]));
  return bytes;
}

/// Values that a step takes and gives, without weights and scratch.
Json values_data(const ImportedProgram& program, const Step& step, bool results) {
  Json values = Json::array();
  const int scratch = program.graph.stage == Stage::inferred && scratch_of(step).elements > 0 ? 1 : 0;
  const int first = results ? step.inputs : 0,
            last = results ? step.inputs + step.outputs - scratch : step.inputs - step.parameters;
  for (int k = first; k < last; ++k)
    if (const int value = program.graph.operands[step.first + k]; value >= 0) values.push_back(value);
  return values;
}

}  // namespace

Json boards_data() {
  Json all = Json::array();
  for (const Board& b : boards()) {
    Json board{{"name", b.name},   {"title", b.title}, {"vendor", b.vendor},
               {"chip", b.chip},   {"core", b.core},   {"target", b.target},
               {"flash", b.flash}, {"ram", b.ram},     {"mhz", b.clock}};
    if (b.wait_states >= 0) board["wait_states"] = b.wait_states;
    board["package"] = b.package;
    all.push_back(std::move(board));
  }
  return all;
}

Json ends_data(const ImportedModel& model, bool inputs) {
  Json all = Json::array();
  const auto& ends = inputs ? model.graph->inputs : model.graph->outputs;
  for (const std::int16_t value : ends) {
    const ImportedValue& noted = model.values[static_cast<std::size_t>(value)];
    Json end{{"name", noted.name},
             {"value", value},
             {"shape", shape_data(noted.shape)},
             {"type", type_text(model, value)},
             {"bytes", bytes_of_value(model, value)}};
    add_quantization(end, noted.quantization);
    all.push_back(std::move(end));
  }
  return all;
}

Json operators_data(const ImportedModel& model) {
  const std::vector<OperatorCost> costs = operator_costs(model);
  Json all = Json::array();
  for (std::size_t i = 0; i < model.operators.size(); ++i) {
    const SourceOperator& op = model.operators[i];
    Json data{{"index", op.index},
              {"kind", op.kind},
              {"parameters", costs[i].parameters},
              {"bytes", costs[i].bytes},
              {"macs", costs[i].macs}};
    if (const int result = op.results.empty() ? -1 : op.results[0]; result >= 0) {
      const ImportedValue& noted = model.values[static_cast<std::size_t>(result)];
      data["name"] = noted.name;
      data["shape"] = shape_data(noted.shape);
      data["type"] = type_text(model, result);
      add_quantization(data, noted.quantization);
      if (noted.kept.channels > 0)
        data["channels_taken_out"] = noted.kept.channels - static_cast<int>(noted.kept.kept.size());
    }
    all.push_back(std::move(data));
  }
  return all;
}

Json memory_data(const ImportedProgram& program) {
  const MemoryBytes bytes = memory_of(program);
  return {{"weights", bytes.weights}, {"arena", bytes.arena}, {"lower_bound", bytes.arena_lower_bound},
          {"states", bytes.states},   {"ends", bytes.ends},   {"ram", bytes.ram()}};
}

Json steps_data(const ImportedModel& model, const ImportedProgram& program) {
  const std::vector<int> sources = operators_of_steps(model, program);
  Json all = Json::array();
  for (int s = 0; s < program.graph.steps.count; ++s) {
    const Step& step = program.graph.steps[s];
    const int source = sources[static_cast<std::size_t>(s)];
    Json data{{"op", op_name(step)}};
    if (source >= 0) {
      const SourceOperator& op = model.operators[static_cast<std::size_t>(source)];
      data["kind"] = op.kind;
      data["operator"] = op.index;
    }
    const int result = program.graph.result(step);
    data["name"] = value_name(model, program, result);
    data["in"] = shape_data(step.in);
    data["out"] = shape_data(step.out);
    data["type"] = names_of(program.graph.values[result].type).text;
    if (static_cast<std::size_t>(result) < model.values.size())
      add_quantization(data, model.values[static_cast<std::size_t>(result)].quantization);
    data["inputs"] = values_data(program, step, false);
    data["outputs"] = values_data(program, step, true);
    data["weights"] = weight_bytes(program, step);
    data["macs"] = macs_of(step);
    all.push_back(std::move(data));
  }
  return all;
}

Json arena_data(const MemoryMap& map) {
  Json tensors = Json::array();
  for (const ArenaTensor& t : map.tensors)
    tensors.push_back(
        {{"value", t.value}, {"offset", t.offset}, {"bytes", t.bytes}, {"first", t.first}, {"last", t.last}});
  return {{"tensors", std::move(tensors)}, {"occupied", map.occupied}, {"peak", map.peak}};
}

std::string value_name(const ImportedModel& model, const ImportedProgram& program, int value) {
  const auto at = static_cast<std::size_t>(value);
  if (at < model.values.size()) {
    const std::string& name = model.values[at].name;
    return name.empty() ? "value " + std::to_string(value) : name;
  }
  for (int s = 0; s < program.graph.steps.count; ++s)
    for (int k = 0; k < program.graph.steps[s].outputs; ++k)
      if (program.graph.result(program.graph.steps[s], k) == value)
        return "scratch of step " + std::to_string(s);
  return "value " + std::to_string(value);
}

}  // namespace etch::host
