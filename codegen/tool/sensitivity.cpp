// SPDX-License-Identifier: BSL-1.0
#include <CLI/CLI.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/report/text_table.hpp>
#include <codegen/tool/budget.hpp>
#include <codegen/tool/commands.hpp>
#include <codegen/tool/declaration_files.hpp>
#include <codegen/tool/json_option.hpp>
#include <codegen/tool/model_options.hpp>
#include <codegen/tool/progress_line.hpp>
#include <codegen/tool/samples.hpp>
#include <codegen/tool/training_words.hpp>
#include <codegen/train/choose_channels.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstring>
#include <numeric>
#include <optional>
#include <ostream>

namespace etch::tool {

namespace {

using Json = nlohmann::ordered_json;

struct SensitivityOptions {
  ModelOptions model;
  JsonOption json;
  TrainingWords training;
  std::vector<std::string> data, labels;
  int together = 8;
  long long ram = 0;
};

/// What is known of a model's channels, and what is chosen of them.
struct Sensitivity {
  const SensitivityOptions& options;
  host::TrainableModel model;
  TrainingOptions training;
  std::size_t samples = 0;
  std::vector<std::vector<double>> contributions;  ///< by layer and channel
  host::ChannelChoice all;
  std::optional<host::ChannelChoice> chosen;
  std::vector<std::string> notes;

  Sensitivity(const SensitivityOptions& how, host::TrainableModel of) : options(how), model(std::move(of)) {}

  double of_layer(std::size_t l) const {
    return std::accumulate(contributions[l].begin(), contributions[l].end(), 0.0);
  }
  /// Of all contributions.
  double share(double contribution) const {
    return all.contribution > 0 ? contribution / all.contribution : 0;
  }
  double chosen_of_layer(std::size_t l) const {
    const host::ChosenLayer& layer = chosen->layers[l];
    if (!layer.trains) return 0;
    if (layer.channels.empty()) return of_layer(l);
    double sum = 0;
    for (const std::int16_t channel : layer.channels)
      sum += contributions[l][static_cast<std::size_t>(channel)];
    return sum;
  }
};

host::LabelledSamples labelled_samples(const SensitivityOptions& options, const host::ImportedModel& model,
                                       const Graph<declaration_capacity>& declared) {
  host::LabelledSamples samples;
  const std::vector<InputSamples> inputs = read_inputs(options.data, model, {.raw_floats = true});
  samples.count = inputs[0].count();
  for (const InputSamples& input : inputs) {
    auto& numbers = samples.inputs.emplace_back(input.bytes.size() / sizeof(float));
    std::memcpy(numbers.data(), input.bytes.data(), input.bytes.size());
  }
  read_training_labels(options.labels, declared, model.name, samples);
  return samples;
}

/// What a user should know of how the model trains, a sentence each.
std::vector<std::string> notes_of(const host::ImportedModel& read, const host::TrainableModel& model) {
  std::vector<std::string> notes = read.notes;
  if (read.widened.real_bytes > 0)
    notes.emplace_back("its weights are real numbers, made of the whole ones that the file has");
  if (model.normalizes)
    notes.emplace_back(
        "batch normalization keeps its weights and averages, as it does beside chosen channels");
  return notes;
}

Sensitivity sensitivity_of(const SensitivityOptions& options) {
  require_floats(options.model);
  const std::vector<std::uint8_t> file = host::read_file(options.model.file);
  host::ImportedModel model = load_declared_model(options.model);
  for (int k = 0; k < model.graph->inputs.count; ++k)
    model.values[static_cast<std::size_t>(model.graph->inputs[k])].shape = model.graph->input_shapes[k];
  const bool saved = host::is_model_file(std::as_bytes(std::span(file)));
  Sensitivity found(options, host::trainable_model(model, saved));
  const host::LabelledSamples samples = labelled_samples(options, model, *found.model.graph);
  found.samples = samples.count;
  found.notes = notes_of(model, found.model);
  found.training = training_options_of(options.training, *found.model.graph, &samples);
  host::check_training_size(model.name, *found.model.graph, found.training, options.training.batch);
  TrainingOptions unfused = found.training;
  unfused.fuse = false;
  ProgressLine line;
  found.contributions =
      contributions_of(found.model, samples, unfused, options.training.batch,
                       [&](int done, int of) { line.show("measuring gradients, batches", done, of); });
  host::ChoiceOptions how{found.training, options.training.batch, options.ram, options.together};
  how.progress = [&](int done, int of) { line.show("planning, layers", done, of); };
  found.all = choose_all(found.model, found.contributions, how);
  if (options.ram > 0) found.chosen = choose_channels(found.model, found.contributions, how);
  return found;
}

std::string percent_text(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

void print_layers(const Sensitivity& found, std::ostream& out) {
  using enum host::TextTable::Align;
  std::vector<host::TextTable::Column> columns{
      {"layer"}, {"channels", right}, {"weights", right}, {"contribution", right}};
  if (found.chosen) {
    columns.push_back({"chosen", right});
    columns.push_back({"of it", right});
  }
  host::TextTable table(std::move(columns));
  for (std::size_t l = 0; l < found.model.layers.size(); ++l) {
    const host::TrainableLayer& layer = found.model.layers[l];
    std::vector<std::string> row{layer.name, layer.channels > 0 ? host::grouped(layer.channels) : "",
                                 host::grouped(layer.weights), percent_text(found.share(found.of_layer(l)))};
    if (found.chosen) {
      const host::ChosenLayer& chosen = found.chosen->layers[l];
      row.push_back(!chosen.trains            ? "none"
                    : chosen.channels.empty() ? "all"
                                              : std::to_string(chosen.channels.size()));
      row.push_back(percent_text(found.share(found.chosen_of_layer(l))));
    }
    table.add(std::move(row));
  }
  table.print(out);
}

struct MemoryRow {
  const char *text, *key;
  long long (*of)(const TrainingMemory&);
};
constexpr MemoryRow memory_rows[]{
    {"bytes of weights", "weights", [](const TrainingMemory& m) -> long long { return m.weights; }},
    {"of the optimizer", "optimizer", [](const TrainingMemory& m) -> long long { return m.optimizer; }},
    {"of the arena", "arena", [](const TrainingMemory& m) -> long long { return m.arena; }},
    {"of states", "states", [](const TrainingMemory& m) -> long long { return m.states; }},
    {"of samples and labels", "ends",
     [](const TrainingMemory& m) -> long long { return m.input + m.labels; }},
    {"bytes of RAM", "ram", [](const TrainingMemory& m) -> long long { return m.total(); }},
    {"MACs of a sample", "macs", [](const TrainingMemory& m) { return m.macs; }}};

void print_training_memory(const Sensitivity& found, std::ostream& out) {
  using enum host::TextTable::Align;
  std::vector<host::TextTable::Column> columns{{"a training step"}, {"of all layers", right}};
  if (found.chosen) columns.push_back({"of what is chosen", right});
  host::TextTable table(std::move(columns));
  for (const MemoryRow& row : memory_rows) {
    std::vector<std::string> cells{row.text, host::grouped(row.of(found.all.memory))};
    if (found.chosen) cells.push_back(host::grouped(row.of(found.chosen->memory)));
    table.add(std::move(cells));
  }
  if (found.chosen)
    table.add({"contribution", "100.0 %", percent_text(found.share(found.chosen->contribution))});
  table.print(out);
}

void print_sensitivity(const Sensitivity& found, std::ostream& out) {
  out << found.model.name << ": " << host::grouped(static_cast<long long>(found.samples)) << " samples, "
      << training_text(found.options.training, found.training, found.model.graph->outputs.count) << '\n';
  for (const std::string& note : found.notes) out << note << '\n';
  out << '\n';
  print_layers(found, out);
  out << '\n';
  print_training_memory(found, out);
  if (found.chosen) out << '\n' << choice_text(found.model, *found.chosen);
}

Json memory_json(const TrainingMemory& memory) {
  Json data = Json::object();
  for (const MemoryRow& row : memory_rows) data[row.key] = row.of(memory);
  return data;
}

Json sensitivity_data(const Sensitivity& found) {
  Json layers = Json::array();
  for (std::size_t l = 0; l < found.model.layers.size(); ++l) {
    const host::TrainableLayer& layer = found.model.layers[l];
    Json one{{"name", layer.name},
             {"channels", layer.channels},
             {"weights", layer.weights},
             {"contributions", found.contributions[l]}};
    if (found.chosen) {
      one["trains"] = found.chosen->layers[l].trains;
      one["chosen"] = found.chosen->layers[l].channels;
    }
    layers.push_back(std::move(one));
  }
  Json data{{"command", "sensitivity"},
            {"model", found.model.name},
            {"notes", found.notes},
            {"samples", found.samples},
            {"loss", losses_text(found.training, found.model.graph->outputs.count)},
            {"optimizer", found.options.training.optimizer},
            {"batch", found.options.training.batch},
            {"layers", std::move(layers)},
            {"all", memory_json(found.all.memory)}};
  if (found.chosen) {
    data["chosen"] = memory_json(found.chosen->memory);
    data["share"] = found.share(found.chosen->contribution);
    data["constants"] = choice_text(found.model, *found.chosen);
  }
  return data;
}

void sensitivity(const SensitivityOptions& options, std::ostream& out) {
  const Sensitivity found = sensitivity_of(options);
  if (options.json.wanted)
    print_json(sensitivity_data(found), out);
  else
    print_sensitivity(found, out);
}

}  // namespace

void add_sensitivity(CLI::App& tool, std::ostream& out) {
  CLI::App* command = tool.add_subcommand(
      "sensitivity", "Find the layers and channels that are worth training, within a number of bytes");
  const auto options = std::make_shared<SensitivityOptions>();
  add_model_options(*command, options->model);
  command
      ->add_option(
          "--data", options->data,
          "Samples like those that will be learnt from, a file for each input: arrays, tables or raw "
          "floats")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--labels", options->labels,
                   "What they are, a file for each output, .npy, .npz or .csv: classes, or the numbers that "
                   "the output should be")
      ->required()
      ->allow_extra_args(false);
  command->add_option_function<std::string>(
      "--ram", [o = options.get()](const std::string& text) { o->ram = bytes_in(text, "--ram"); },
      "Bytes that the training may take, weights and all (64K is 65,536); without, nothing is chosen");
  add_training_words(*command, options->training);
  command
      ->add_option("--together", options->together,
                   "Channels that are chosen at a time (8 if left out, as wide as the kernels' tiles)")
      ->check(CLI::Range(1, 32'767));
  add_json_option(*command, options->json);
  command->callback([options, &out] { sensitivity(*options, out); });
}

}  // namespace etch::tool
