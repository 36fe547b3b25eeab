// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/board_results.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/compare_outputs.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/operator_results.hpp>
#include <codegen/tool/progress_line.hpp>
#include <codegen/tool/samples.hpp>
#include <codegen/tool/state_option.hpp>
#include <runtime/host/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <ostream>

namespace etch::tool {

namespace {

struct VerifyOptions {
  ModelOptions model;
  StateOption state;
  std::string golden, traced, board = "desktop";
  JsonOption json;
  OutputCheck outputs;
  std::vector<std::string> inputs;
  bool floats = false;
};

/// How far an operator's results are from what is expected, over all samples.
struct Comparison {
  std::size_t compared = 0, different = 0;
  std::string first;  ///< where, and what stands there
};

void compare(Comparison& to, const host::ImportedModel& model, int value, std::span<const std::byte> expected,
             std::span<const std::byte> found, std::size_t sample) {
  const auto size = static_cast<std::size_t>(bytes_of(host::value_of(model, value).type, DType::f32));
  to.compared += expected.size() / size;
  if (expected.size() != found.size()) {
    to.different += 1;
    to.first = std::to_string(found.size()) + " bytes instead of " + std::to_string(expected.size());
    return;
  }
  const host::KeptChannels& kept = model.values[static_cast<std::size_t>(value)].kept;
  for (std::size_t at = 0; at + size <= expected.size(); at += size) {
    const auto wanted = expected.subspan(at, size), given = found.subspan(at, size);
    if (std::ranges::equal(wanted, given) || !kept.knows(at) || to.different++ > 0) continue;
    const auto number = [&](std::span<const std::byte> stored) {
      return host::short_number(static_cast<double>(host::real_numbers(model, value, stored)[0]));
    };
    to.first = "number " + std::to_string(at / size) + " of sample " + std::to_string(sample) + " is " +
               number(given) + " instead of " + number(wanted);
  }
}

/// What was compared: rows of JSON, and the first difference, a sentence.
struct Findings {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  std::string difference;
  std::size_t compared = 0;
};

/// The table up to the first layer that differs.
Findings report(const host::ImportedModel& model, const std::map<std::size_t, Comparison>& layers,
                std::ostream& out) {
  using enum host::TextTable::Align;
  host::TextTable table({{"#", right}, {"operator"}, {"result"}, {"numbers", right}, {"different", right}});
  Findings findings;
  for (std::size_t i = 0; i < model.operators.size() && findings.difference.empty(); ++i) {
    const auto& op = model.operators[i];
    const auto found = layers.find(i);
    const int result = op.results.empty() ? -1 : op.results[0];
    const std::string shape =
        result < 0 ? "constant" : host::shape_text(model.values[static_cast<std::size_t>(result)].shape);
    if (found == layers.end()) {
      table.add({std::to_string(op.index), op.kind, shape, "-", "-"});
      continue;
    }
    const Comparison& c = found->second;
    ++findings.compared;
    table.add({std::to_string(op.index), op.kind, shape, host::grouped(static_cast<long long>(c.compared)),
               host::grouped(static_cast<long long>(c.different))});
    findings.layers.push_back(
        {{"operator", op.index}, {"kind", op.kind}, {"numbers", c.compared}, {"different", c.different}});
    if (c.different > 0)
      findings.difference = op.kind + " (operator " + std::to_string(op.index) + ") of '" + model.name +
                            "' differs in " + host::grouped(static_cast<long long>(c.different)) +
                            " numbers: " + c.first;
  }
  table.print(out);
  return findings;
}

/// Says what was found. Throws for a difference.
void conclude(const VerifyOptions& options, const host::ImportedModel& model, Findings findings,
              std::ostream& out) {
  if (findings.compared == 0) throw Error("no layer of '" + model.name + "' could be compared");
  if (options.json.wanted)
    print_json({{"command", "verify"},
                {"model", model.name},
                {"board", options.board},
                {"same", findings.difference.empty()},
                {"layers", std::move(findings.layers)}},
               out);
  if (!findings.difference.empty()) throw Error(findings.difference);
  text_of(options.json, out) << findings.compared << " layers are the same, byte for byte\n";
}

/// The outputs of the model as it ships against those of another program.
void verify_outputs(const VerifyOptions& options, const host::ImportedModel& prepared,
                    const std::vector<InputSamples>& inputs, const OutputCheck& check, std::ostream& out) {
  const auto outputs = compare_outputs(prepared, inputs, check, {.raw_floats = options.floats});
  const std::string fault = fault_of(outputs, check, prepared.name);
  print_differences(outputs, text_of(options.json, out));
  if (options.json.wanted)
    print_json({{"command", "verify"},
                {"model", prepared.name},
                {"board", options.board},
                {"same", fault.empty()},
                {"outputs", differences_data(outputs)}},
               out);
  if (!fault.empty()) throw Error(fault);
}

using Layers = std::map<std::size_t, std::vector<std::byte>>;

Layers by_operator(std::vector<OperatorResult> layers) {
  Layers sorted;
  for (OperatorResult& layer : layers) sorted[layer.op] = std::move(layer.bytes);
  return sorted;
}

void compare_layers(std::map<std::size_t, Comparison>& to, const host::ImportedModel& model,
                    const Layers& expected, const Layers& found, std::size_t sample) {
  for (const auto& [op, bytes] : expected) {
    const auto layer = found.find(op);
    if (layer == found.end()) continue;
    compare(to[op], model, model.operators[op].results[0], bytes, layer->second, sample);
  }
}

/// What a board wrote of as many samples as there are inputs; nothing if no board's file is given.
std::vector<std::vector<OperatorResult>> board_samples(const VerifyOptions& options,
                                                       const host::ImportedModel& prepared,
                                                       kernels::KernelSets kernels, std::size_t inputs) {
  if (options.traced.empty()) return {};
  auto samples = board_results(options.traced, prepared, kernels);
  if (samples.size() != inputs)
    throw Error("'" + options.traced + "' holds " + std::to_string(samples.size()) + " samples, and '" +
                options.inputs[0] + "' " + std::to_string(inputs));
  return samples;
}

/// Checks the model as a board gets it, layer by layer: against golden layers, or the model as it was read.
void verify(const VerifyOptions& options, std::ostream& whole_out) {
  std::ostream& out = text_of(options.json, whole_out);
  const kernels::KernelSets kernels = host::kernels_of(options.board);
  const host::ImportedModel model = load_model(options.model, out);
  const host::ImportedModel prepared = host::prepare(model, kernels);
  const auto inputs = read_inputs(options.inputs, model, {.raw_floats = options.floats});
  if (!options.outputs.files.empty()) {
    OutputCheck check = options.outputs;
    check.resets = resets_states(options.state, host::ModelSession(prepared), out);
    return verify_outputs(options, prepared, inputs, check, whole_out);
  }
  if (!options.golden.empty() && inputs[0].count() != 1)
    throw Error("'" + options.inputs[0] + "' has " + std::to_string(inputs[0].count()) + " samples, and '" +
                options.golden + "' holds the layers of one");
  const Layers golden =
      options.golden.empty() ? Layers{} : by_operator(golden_results(options.golden, model));
  const auto traced = board_samples(options, prepared, kernels, inputs[0].count());
  host::ModelSession reference(model), shipped(prepared);
  const bool resets = resets_states(options.state, reference, out);
  if (reference.state_bytes() > 0 && !resets && inputs[0].count() == 1)
    out << "one sample does not show whether states are kept: give several that follow one another\n";
  std::map<std::size_t, Comparison> layers;
  std::string output_difference;
  ProgressLine line;
  for (std::size_t i = 0; i < inputs[0].count(); ++i) {
    line.show("comparing, samples", static_cast<int>(i), static_cast<int>(inputs[0].count()));
    const auto sample = sample_of(inputs, i);
    if (resets) reference.reset(), shipped.reset();
    if (traced.empty()) shipped.trace(sample);
    const Layers found = by_operator(traced.empty() ? traced_results(prepared, shipped) : traced[i]);
    if (!options.golden.empty()) {
      compare_layers(layers, prepared, golden, found, i);
      continue;
    }
    reference.trace(sample);
    compare_layers(layers, prepared, by_operator(traced_results(model, reference)), found, i);
    for (int k = 0; traced.empty() && k < reference.outputs(); ++k)
      if (output_difference.empty() && !std::ranges::equal(reference.output(k), shipped.output(k)))
        output_difference = "output " + std::to_string(k) + " of '" + model.name + "' differs for sample " +
                            std::to_string(i);
  }
  line.clear();
  Findings findings = report(prepared, layers, out);
  if (findings.difference.empty()) findings.difference = output_difference;
  conclude(options, prepared, std::move(findings), whole_out);
}

}  // namespace

void add_verify(CLI::App& tool, std::ostream& out) {
  CLI::App* command =
      tool.add_subcommand("verify", "Compare the layers of a model as it ships, byte for byte");
  const auto options = std::make_shared<VerifyOptions>();
  add_model_options(*command, options->model);
  add_state_option(*command, options->state);
  command
      ->add_option("inputs,--inputs", options->inputs,
                   "A file for each input, as `etch run` takes them: .npy, .npz, .csv, ... or raw numbers")
      ->required();
  command
      ->add_option(
          "--outputs", options->outputs.files,
          "What another program gave for these inputs, a file for each output: compared instead of layers")
      ->allow_extra_args(false);
  command
      ->add_option("--tolerance", options->outputs.tolerance,
                   "How far numbers of --outputs may be apart; without, they have to be the same once stored")
      ->check(CLI::NonNegativeNumber);
  add_json_option(*command, options->json);
  command->add_option("--golden", options->golden,
                      "Layers that another program computed, instead of the model's own: a .bin, with a .txt "
                      "beside it that lists them");
  command->add_option(
      "--traced", options->traced,
      "What a verify build of the firmware wrote on the board (runtime/boards/common/trace.h), which is "
      "compared instead of a run on the desktop");
  command->add_option("--board", options->board,
                      "The board or core that the model was compiled for (nano33ble, m4, ...)");
  command->add_flag("--float", options->floats, "Raw inputs are floats instead of the model's own type");
  command->callback([options, &out] { verify(*options, out); });
}

}  // namespace etch::tool
