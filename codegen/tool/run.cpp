// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/samples.hpp>
#include <codegen/tool/state_option.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <ostream>

namespace etch::tool {

namespace {

struct RunOptions {
  ModelOptions model;
  StateOption state;
  std::vector<std::string> inputs, outputs;
  bool floats = false;
  int top = 5, hop = 0;
};

constexpr std::size_t printed_numbers = 16;

/// All numbers of a short result, else the largest and where they are.
void print_result(const std::vector<float>& numbers, int top, std::ostream& out) {
  if (numbers.size() <= printed_numbers) {
    for (const float x : numbers) out << ' ' << host::short_number(static_cast<double>(x));
    out << '\n';
  } else {
    out << ' ' << host::grouped(static_cast<long long>(numbers.size())) << " numbers\n";
  }
  if (numbers.size() < 2 || top < 1) return;
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), 0U);
  const std::size_t shown = std::min(numbers.size(), static_cast<std::size_t>(top));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return numbers[a] != numbers[b] ? numbers[a] > numbers[b] : a < b;
                    });
  out << "    largest:";
  for (std::size_t i = 0; i < shown; ++i)
    out << (i > 0 ? ", " : " ") << order[i] << " ("
        << host::short_number(static_cast<double>(numbers[order[i]])) << ")";
  out << '\n';
}

void run(const RunOptions& options, std::ostream& out) {
  const host::ImportedModel model = load_model(options.model, out);
  const auto outputs = static_cast<std::size_t>(model.graph->outputs.count);
  if (!options.outputs.empty() && options.outputs.size() != outputs)
    throw Error("'" + model.name + "' has " + std::to_string(outputs) +
                " outputs: give --output a file for " + "each, not " +
                std::to_string(options.outputs.size()));
  const auto inputs = read_inputs(options.inputs, model, {options.floats, options.hop});
  host::ModelSession session(model);
  const bool resets = resets_states(options.state, session, out);
  std::vector<std::vector<std::byte>> results(outputs);
  for (std::size_t i = 0; i < inputs[0].count(); ++i) {
    if (resets) session.reset();
    session.run(sample_of(inputs, i));
    for (std::size_t k = 0; k < outputs; ++k) {
      const auto bytes = session.output(static_cast<int>(k));
      const auto numbers = host::real_numbers(model, model.graph->outputs[static_cast<int>(k)], bytes);
      if (options.outputs.empty()) {
        out << "sample " << i << ", output " << k << ":";
        print_result(numbers, options.top, out);
        continue;
      }
      const auto kept = options.floats ? std::as_bytes(std::span(numbers)) : bytes;
      results[k].insert(results[k].end(), kept.begin(), kept.end());
    }
  }
  for (std::size_t k = 0; k < options.outputs.size(); ++k) {
    const int value = model.graph->outputs[static_cast<int>(k)];
    const ElementType type = options.floats ? ElementType::real : host::value_of(model, value).type;
    write_results(options.outputs[k], results[k], type, model.values[static_cast<std::size_t>(value)].shape,
                  inputs[0].count());
    out << "output " << k << " of " << inputs[0].count() << (inputs[0].count() == 1 ? " sample" : " samples")
        << " is in " << options.outputs[k] << '\n';
  }
}

}  // namespace

void add_run(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("run", "Run a model on samples and print or write its results");
  const auto options = std::make_shared<RunOptions>();
  add_model_options(*command, options->model);
  add_state_option(*command, options->state);
  command->add_option(
      "inputs", options->inputs,
      "A .npy file, a recording (.wav), or a file of raw numbers, for each input; without, what "
      "the model takes is told");
  command
      ->add_option("-o,--output", options->outputs,
                   "A file for each output, .npy or raw, instead of printing")
      ->allow_extra_args(false);
  command->add_flag("--float", options->floats,
                    "Raw inputs, and outputs in files, are floats instead of the model's own type");
  command
      ->add_option(
          "--hop", options->hop,
          "Samples from the start of a frame of a recording to that of the next (if left out, a frame)")
      ->check(CLI::PositiveNumber);
  command->add_option("--top", options->top, "How many of the largest numbers to print")
      ->check(CLI::NonNegativeNumber);
  command->callback([options, &out] { run(*options, out); });
}

}  // namespace etch::tool
