// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/model/model_session.hpp>
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/progress_line.hpp>
#include <codegen/tool/samples.hpp>
#include <codegen/tool/state_option.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <ostream>
#include <sstream>

namespace etch::tool {

namespace {

struct RunOptions {
  ModelOptions model;
  StateOption state;
  JsonOption json;
  std::vector<std::string> inputs, outputs;
  std::string labels, pixels;
  bool floats = false;
  int top = 5, hop = 0;
};

constexpr std::size_t printed_numbers = 16;

using Labels = std::vector<std::string>;
using Json = nlohmann::ordered_json;

/// A line a class.
Labels read_labels(const std::string& path) {
  if (path.empty()) return {};
  const std::vector<std::uint8_t> file = host::read_file(path);
  std::istringstream lines(std::string(file.begin(), file.end()));
  Labels labels;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    labels.push_back(line);
  }
  return labels;
}

/// Every output of one value a class has to have a label for each.
void check_labels(const Labels& labels, const RunOptions& options, const host::ImportedModel& model) {
  if (options.labels.empty()) return;
  for (const std::int16_t value : model.graph->outputs)
    if (const int numbers = host::value_of(model, value).elements; numbers != static_cast<int>(labels.size()))
      throw Error("'" + options.labels + "' has " + std::to_string(labels.size()) +
                  " labels, a line each, and an output of '" + model.name + "' has " +
                  std::to_string(numbers) + " numbers");
}

/// Places of the largest numbers, the largest first.
std::vector<std::size_t> largest(const std::vector<float>& numbers, int top) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), 0U);
  const std::size_t shown = std::min(numbers.size(), static_cast<std::size_t>(top));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return numbers[a] != numbers[b] ? numbers[a] > numbers[b] : a < b;
                    });
  order.resize(shown);
  return order;
}

/// All numbers of a short result, else the largest and where they are.
void print_result(const std::vector<float>& numbers, int top, const Labels& labels, std::ostream& out) {
  if (numbers.size() <= printed_numbers) {
    for (const float x : numbers) out << ' ' << host::short_number(static_cast<double>(x));
    out << '\n';
  } else {
    out << ' ' << host::grouped(static_cast<long long>(numbers.size())) << " numbers\n";
  }
  if (numbers.size() < 2 || top < 1) return;
  out << "    largest:";
  bool first = true;
  for (const std::size_t place : largest(numbers, top)) {
    out << (first ? " " : ", ") << place << " (" << (labels.empty() ? "" : labels[place] + ": ")
        << host::short_number(static_cast<double>(numbers[place])) << ")";
    first = false;
  }
  out << '\n';
}

/// The same of one output of one sample.
Json result_data(const std::vector<float>& numbers, int top, const Labels& labels) {
  Json data{{"numbers", numbers}, {"largest", Json::array()}};
  for (const std::size_t place : largest(numbers, top)) {
    Json one{{"place", place}, {"number", numbers[place]}};
    if (!labels.empty()) one["label"] = labels[place];
    data["largest"].push_back(std::move(one));
  }
  return data;
}

void write_outputs(const RunOptions& options, const host::ImportedModel& model,
                   const std::vector<std::vector<std::byte>>& results, std::size_t count, std::ostream& out) {
  for (std::size_t k = 0; k < options.outputs.size(); ++k) {
    const int value = model.graph->outputs[static_cast<int>(k)];
    const Storage storage = options.floats ? Storage{} : storage_of(model, value);
    write_results(options.outputs[k], results[k], storage,
                  model.values[static_cast<std::size_t>(value)].shape, count);
    out << "output " << k << " of " << count << (count == 1 ? " sample" : " samples") << " is in "
        << options.outputs[k] << '\n';
  }
}

void check_outputs(const RunOptions& options, const host::ImportedModel& model) {
  const auto outputs = static_cast<std::size_t>(model.graph->outputs.count);
  if (!options.outputs.empty() && options.outputs.size() != outputs)
    throw Error("'" + model.name + "' has " + std::to_string(outputs) +
                " outputs: give --output a file for each, not " + std::to_string(options.outputs.size()));
}

void run(const RunOptions& options, std::ostream& whole_out) {
  std::ostream& out = text_of(options.json, whole_out);
  const host::ImportedModel model = load_model(options.model, out);
  check_outputs(options, model);
  const Labels labels = read_labels(options.labels);
  check_labels(labels, options, model);
  std::vector<std::string> notes;
  SampleOptions how{options.floats, options.hop, {}, &notes};
  if (!options.pixels.empty()) how.pixels = pixel_range(options.pixels);
  const auto inputs = read_inputs(options.inputs, model, how);
  for (const std::string& note : notes) out << note << '\n';
  host::ModelSession session(model);
  const bool resets = resets_states(options.state, session, out);
  std::vector<std::vector<std::byte>> results(static_cast<std::size_t>(session.outputs()));
  Json samples = Json::array();
  ProgressLine line;
  const bool prints = options.outputs.empty() && !options.json.wanted;
  for (std::size_t i = 0; i < inputs[0].count(); ++i) {
    if (!prints) line.show("running, samples", static_cast<int>(i), static_cast<int>(inputs[0].count()));
    if (resets) session.reset();
    session.run(sample_of(inputs, i));
    Json sample = Json::array();
    for (int k = 0; k < session.outputs(); ++k) {
      const auto bytes = session.output(k);
      const auto numbers = host::real_numbers(model, model.graph->outputs[k], bytes);
      const auto kept = options.floats ? std::as_bytes(std::span(numbers)) : bytes;
      auto& result = results[static_cast<std::size_t>(k)];
      if (!options.outputs.empty()) {
        result.insert(result.end(), kept.begin(), kept.end());
      } else if (options.json.wanted) {
        sample.push_back(result_data(numbers, options.top, labels));
      } else {
        out << "sample " << i << ", output " << k << ":";
        print_result(numbers, options.top, labels, out);
      }
    }
    if (!sample.empty()) samples.push_back(std::move(sample));
  }
  line.clear();
  write_outputs(options, model, results, inputs[0].count(), out);
  if (!options.json.wanted) return;
  Json data{{"command", "run"}, {"model", model.name}, {"samples", inputs[0].count()}, {"notes", notes}};
  if (options.outputs.empty())
    data["results"] = std::move(samples);
  else
    data["files"] = options.outputs;
  print_json(data, whole_out);
}

}  // namespace

void add_run(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand("run", "Run a model on samples and print or write its results");
  const auto options = std::make_shared<RunOptions>();
  add_model_options(*command, options->model);
  add_state_option(*command, options->state);
  command->add_option("inputs", options->inputs,
                      "A file for each input: arrays (.npy, .npz), a table (.csv), a picture (.png, .jpg), a "
                      "recording (.wav), or "
                      "raw numbers; without, what the model takes is told");
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
  command->add_option("--labels", options->labels,
                      "A file of names for the numbers of the outputs, a line each");
  command->add_option(
      "--pixels", options->pixels,
      "What black and white of a picture become, as 0..1, -1..1 or 0..255; without, all that an "
      "input of int8 can hold");
  add_json_option(*command, options->json);
  command->add_option("--top", options->top, "How many of the largest numbers to print")
      ->check(CLI::NonNegativeNumber);
  command->callback([options, &out] { run(*options, out); });
}

}  // namespace etch::tool
