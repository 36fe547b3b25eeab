// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/firmware/board.hpp>
#include <codegen/prepare/prepare.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/board_results.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/operator_results.hpp>
#include <codegen/tool/samples.hpp>
#include <codegen/tool/state_option.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <map>
#include <ostream>

namespace etch::tool {

namespace {

struct VerifyOptions {
  ModelOptions model;
  StateOption state;
  std::string golden, traced, board = "desktop";
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

/// The table up to the first layer that differs. Throws for that.
void report(const host::ImportedModel& model, const std::map<std::size_t, Comparison>& layers,
            std::ostream& out) {
  using enum host::TextTable::Align;
  host::TextTable table({{"#", right}, {"operator"}, {"result"}, {"numbers", right}, {"different", right}});
  std::string difference;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < model.operators.size() && difference.empty(); ++i) {
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
    ++compared;
    table.add({std::to_string(op.index), op.kind, shape, host::grouped(static_cast<long long>(c.compared)),
               host::grouped(static_cast<long long>(c.different))});
    if (c.different > 0)
      difference = op.kind + " (operator " + std::to_string(op.index) + ") of '" + model.name +
                   "' differs in " + host::grouped(static_cast<long long>(c.different)) +
                   " numbers: " + c.first;
  }
  table.print(out);
  if (!difference.empty()) throw Error(difference);
  if (compared == 0) throw Error("no layer of '" + model.name + "' could be compared");
  out << compared << " layers are the same, byte for byte\n";
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
void verify(const VerifyOptions& options, std::ostream& out) {
  const kernels::KernelSets kernels = host::kernels_of(options.board);
  const host::ImportedModel model = load_model(options.model, out);
  const host::ImportedModel prepared = host::prepare(model, kernels);
  const auto inputs = read_inputs(options.inputs, model, {.raw_floats = options.floats});
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
  for (std::size_t i = 0; i < inputs[0].count(); ++i) {
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
  report(prepared, layers, out);
  if (!output_difference.empty()) throw Error(output_difference);
}

}  // namespace

void add_verify(CLI::App& tool, std::ostream& out) {
  CLI::App* command =
      tool.add_subcommand("verify", "Compare the layers of a model as it ships, byte for byte");
  const auto options = std::make_shared<VerifyOptions>();
  add_model_options(*command, options->model);
  add_state_option(*command, options->state);
  command->add_option("inputs", options->inputs, "A .npy file, or one of raw numbers, for each input")
      ->required();
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
